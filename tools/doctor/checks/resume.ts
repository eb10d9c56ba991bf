import { post } from '../post.ts';
import { openStream } from '../stream.ts';
import { type Check, ok, type Visit, wrong } from '../verdict.ts';

const LIMIT_MS = 5_000;
const WHY = 'a reader whose connection drops misses the messages posted meanwhile';

/** Checks that a reader gets the events after its position, sent in the header or in the query. */
export const resume: Check = {
  name: 'resume',
  async run(visit) {
    const { receipt } = await post(visit, 'resume 1');
    await post(visit, 'resume 2');
    if (!(await gets(visit, { headers: { 'Last-Event-ID': receipt.id } }))) {
      return wrong('the header Last-Event-ID does not reach broadcast', {
        why: WHY,
        mend: 'nginx, in the location of /broadcast/: no proxy_set_header Last-Event-ID, and proxy_pass_request_headers on;',
      });
    }
    if (!(await gets(visit, { query: `?lastEventId=${receipt.id}` }))) {
      return wrong('the query ?lastEventId= does not reach broadcast', {
        why: WHY,
        mend: 'nginx: proxy_pass http://broadcast;  (without a path, so that path and query are forwarded unchanged)',
      });
    }
    return ok('by Last-Event-ID and by ?lastEventId=');
  },
};

async function gets(
  visit: Visit,
  how: { headers?: Record<string, string>; query?: string },
): Promise<boolean> {
  using stream = await openStream(visit, how);
  return await stream.holds('"resume 2"', LIMIT_MS);
}
