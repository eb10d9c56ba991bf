import { setTimeout as delay } from 'node:timers/promises';
import { post } from '../post.ts';
import { Refused } from '../refused.ts';
import { openStream, type Stream } from '../stream.ts';
import { type Check, ok, type Verdict, type Visit, wrong } from '../verdict.ts';

const EVENTS = 5;
const PAUSE_MS = 200;
/**
 * A reader gets an event within this time after its sender got the answer; otherwise something
 * holds the event back.
 */
const LATE_MS = 1_000;
const BEGIN_LIMIT_MS = 5_000;

/** Checks that events arrive one by one as they are posted. */
export const buffering: Check = {
  name: 'buffering',
  async run(visit) {
    let stream: Stream;
    try {
      stream = await openStream(visit, { limitMs: BEGIN_LIMIT_MS });
    } catch (error) {
      if (error instanceof Refused) return noStream(error);
      return heldBack(`the stream did not begin: ${(error as Error).message}`);
    }
    using opened = stream;
    return await judge(opened, visit);
  },
};

async function judge(stream: Stream, visit: Visit): Promise<Verdict> {
  if (!(await stream.holds('event: hello', BEGIN_LIMIT_MS))) {
    return heldBack(`nothing of the stream came within ${BEGIN_LIMIT_MS / 1000} s`);
  }
  let slowestMs = 0;
  for (let i = 1; i <= EVENTS; i++) {
    const { answer } = await post(visit, `buffering ${i}`);
    if (!(await stream.holds(`"buffering ${i}"`, LATE_MS))) {
      return heldBack(`event ${i} was not there ${LATE_MS / 1000} s after it was stored`);
    }
    slowestMs = Math.max(slowestMs, Date.now() - answer.answeredAt);
    await delay(PAUSE_MS);
  }
  return ok(`${EVENTS} events came one by one, ${slowestMs} ms after the answer at most`);
}

function noStream(refused: Refused): Verdict {
  if (refused.status !== 404) throw refused;
  return wrong(refused.message, {
    why: 'no client can read',
    mend: 'nginx: location /broadcast/ { proxy_pass http://broadcast; }',
  });
}

function heldBack(says: string): Verdict {
  return wrong(says, {
    why: 'readers see events late or never, since the proxy collects them first',
    mend: 'nginx, in the location of /broadcast/: proxy_buffering off;  (and no proxy_ignore_headers X-Accel-Buffering)',
  });
}
