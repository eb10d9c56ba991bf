import { channel } from 'node:diagnostics_channel';

/**
 * The steps of a post inside a process, in their order. Node itself publishes the beginning of a request
 * and the end of its answer (`http.server.request.start`, `http.server.response.finish`).
 */
export type PostStep = 'checked' | 'commit' | 'stored' | 'received' | 'flush' | 'written';

/** The name of the diagnostics channel on which each step is published when a post reaches it. */
export const POST_STEPS = 'parley:post-steps';

const steps = channel(POST_STEPS);

/** Publishes that a post has reached a step; one check while no subscriber measures. */
export function reach(step: PostStep): void {
  if (steps.hasSubscribers) steps.publish(step);
}
