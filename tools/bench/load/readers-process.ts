import { answerCalls } from './child-calls.ts';
import { Crowd } from './crowd.ts';
import type { ReadersCalls } from './readers-calls.ts';

/** Entry of the forked process that reads. Reading takes no time from the process that posts. */
let crowd: Crowd | undefined;

function current(): Crowd {
  if (crowd === undefined) throw new Error('no readers are open');
  return crowd;
}

answerCalls<ReadersCalls>({
  async open(plan) {
    crowd?.close();
    crowd = new Crowd(plan);
    await crowd.open();
  },
  progress: async () => current().progress(),
  takeLatency: async () => current().takeLatency(),
  firstEvents: async () => current().firstEvents(),
  async close() {
    crowd?.close();
    crowd = undefined;
  },
});
