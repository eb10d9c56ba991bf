import { setTimeout as delay } from 'node:timers/promises';
import { openStream } from '../stream.ts';
import { type Check, ok, type Visit, wrong } from '../verdict.ts';

const LOOK_EVERY_MS = 50;

/** Checks that a stream without events stays open. */
export const idle: Check = {
  name: 'idle stream',
  async run(visit: Visit) {
    // Uses a channel of its own, without messages.
    using stream = await openStream({ ...visit, channel: `${visit.channel}-idle` });
    const begunAt = Date.now();
    const end = begunAt + visit.idleSeconds * 1000;
    while (stream.endedAt === undefined && Date.now() < end) await delay(LOOK_EVERY_MS);
    const silence = `longest silence ${seconds(longestSilence(stream.arrivals))} s`;
    if (stream.endedAt === undefined) return ok(`open after ${visit.idleSeconds} s; ${silence}`);
    return wrong(`cut after ${seconds(stream.endedAt - begunAt)} s; ${silence}`, {
      why: 'readers of a quiet channel reconnect all the time',
      mend: 'nginx, in the location of /broadcast/: proxy_read_timeout 90s;  (several times HEARTBEAT_SECONDS)',
    });
  },
};

function longestSilence(arrivals: readonly number[]): number {
  const pauses = arrivals.slice(1).map((at, i) => at - (arrivals[i] ?? at));
  return Math.max(0, ...pauses);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
