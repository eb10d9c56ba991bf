import { accountIdOf } from '@parley/contract/accounts/subject.ts';
import type { Side } from '@parley/contract/channels/topic.ts';
import { EVERY_PRIVATE_CHANNEL, type Viewer } from '@parley/kit/viewer.ts';

/** A private channel: the ids of its members, and its head. */
export interface PrivateChannel {
  members: ReadonlySet<string>;
  head: number;
}

/** The side on which a viewer sees a channel; `state` is undefined for a public one. */
export function sideFor(viewer: Viewer, state: PrivateChannel | undefined): Side {
  if (viewer === null || state === undefined) return 'public';
  return viewer === EVERY_PRIVATE_CHANNEL || state.members.has(viewer) ? 'private' : 'public';
}

/** The state of a private channel, from its entry in chat's list. */
export function stateOf({
  members = [],
  head,
}: {
  members?: string[] | undefined;
  head: number;
}): PrivateChannel {
  return { members: new Set(members.flatMap((subject) => accountIdOf(subject) ?? [])), head };
}
