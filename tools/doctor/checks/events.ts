import { randomUUID } from 'node:crypto';
import { post, postJson } from '../post.ts';
import { openStream, type Stream } from '../stream.ts';
import { type Check, ok, type Visit, wrong } from '../verdict.ts';

const LIMIT_MS = 5_000;
/** Keys in an order, and a number, that a program which parses JSON would change. */
const DATA = '{"b":12345678901234567890,"1":1.50}';

/**
 * Checks that a typed event arrives as it was sent, and that a stream of two channels resumes in
 * both.
 */
export const events: Check = {
  name: 'events',
  async run(visit) {
    const other = { ...visit, channel: `${visit.channel.slice(0, 58)}.other` };
    const channels = [visit.channel, other.channel].map(encodeURIComponent);
    const path = `/broadcast?${channels.map((channel) => `channel=${channel}`).join('&')}`;
    using stream = await openStream(visit, { path: `${path}&last=0` });
    // The stream begins with what is posted after its hello.
    if (!(await stream.holds('event: hello', LIMIT_MS))) {
      return wrong('a stream of two channels does not begin', forwarding(visit));
    }
    await postJson(visit, `{"type":"doctor.check","data":${DATA}}`);
    if (!(await stream.holds(`"data":${DATA}`, LIMIT_MS))) {
      return wrong('a typed event does not arrive as it was sent', {
        why: 'something between here and the services changes JSON',
        mend: 'let the proxy pass bodies and streams as they are',
      });
    }
    const id = lastId(stream);
    const texts = [randomUUID(), randomUUID()] as const;
    await post(visit, texts[0]);
    await post(other, texts[1]);
    using resumed = await openStream(visit, { path, headers: { 'Last-Event-ID': id } });
    for (const text of texts) {
      if (await resumed.holds(text, LIMIT_MS)) continue;
      return wrong('a stream of two channels does not resume in both', forwarding(visit));
    }
    return ok('a typed event arrives as it was sent, and two channels resume in one stream');
  },
};

/** The newest id of a stream. */
function lastId({ text }: Stream): string {
  return [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
}

function forwarding({ url }: Visit) {
  return {
    why: 'a page that reads several channels misses events',
    mend: `let the proxy pass ${url.origin}/broadcast with its query, and headers of 4 KB`,
  };
}
