import { subscribe } from 'node:diagnostics_channel';
import { renameSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { isMainThread } from 'node:worker_threads';
import { POST_STEPS, type PostStep } from '@parley/kit/post-steps.ts';
import { type SampleSummary, Samples } from './samples.ts';

/** A step of a post, or the end of its answer. */
export type RecordedStep = PostStep | 'answered';

/** The time of each step since the beginning of its request. */
export type RecordedSteps = Partial<Record<RecordedStep, SampleSummary>>;

/** The variable with the path of the file to which the steps are written at SIGUSR2. */
export const STEPS_FILE = 'STEPS_FILE';

/**
 * Records the steps of the latest post: loaded into Parley's process by `--import`, for posts that come
 * one after the other.
 */
function record(file: string): void {
  const samples = new Map<RecordedStep, Samples>();
  let reached = new Set<RecordedStep>();
  let beganAt = 0;
  const reach = (step: RecordedStep) => {
    if (beganAt === 0 || reached.has(step)) return;
    reached.add(step);
    const of = samples.get(step) ?? new Samples();
    samples.set(step, of);
    of.add((performance.now() - beganAt) * 1e3);
  };
  const isPost = (message: unknown) =>
    (message as { request: IncomingMessage }).request.method === 'POST';
  subscribe('http.server.request.start', (message) => {
    if (!isPost(message)) return;
    beganAt = performance.now();
    reached = new Set();
  });
  subscribe('http.server.response.finish', (message) => isPost(message) && reach('answered'));
  subscribe(POST_STEPS, (step) => reach(step as PostStep));
  process.on('SIGUSR2', () => {
    const steps = [...samples].map(([step, of]) => [step, of.summary()]);
    // The name appears when the file is whole.
    writeFileSync(`${file}.part`, JSON.stringify(Object.fromEntries(steps)));
    renameSync(`${file}.part`, file);
  });
}

const { STEPS_FILE: file } = process.env;
if (file !== undefined && isMainThread) record(file);
