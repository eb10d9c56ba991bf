import { randomBytes } from 'node:crypto';
import { Refused } from '../refused.ts';
import { begin, readBody } from '../request.ts';
import { type Check, ok, type Verdict, type Visit, wrong } from '../verdict.ts';

/** Answers that do not show whether an upgrade arrives. */
const OF_SOMETHING_ELSE = [401, 403, 421, 429, 500, 502, 503, 504];

/**
 * Checks that a WebSocket gets through (RFC 6455 section 4.1), with a request like that of the
 * deployment's own page.
 */
export const websocket: Check = {
  name: 'WebSocket',
  async run(visit) {
    const path = `/broadcast/${encodeURIComponent(visit.channel)}/ws`;
    const answer = await begin(visit, path, { headers: upgrade(visit) });
    const { statusCode: status = 0 } = answer;
    if (status === 101) return ok('the upgrade goes through');
    return refusal({ path, status, body: await readBody(answer) });
  },
};

function upgrade({ url }: Visit): Record<string, string> {
  return {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    Origin: url.origin,
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
  };
}

function refusal({ path, ...answer }: { path: string; status: number; body: string }): Verdict {
  const { status, body } = answer;
  if (status === 403 && body.includes('origin-refused')) {
    return wrong("the deployment's own page is treated as a foreign one (403 origin-refused)", {
      why: 'browsers cannot connect by WebSocket: the Host header that arrives is not the one that they sent',
      mend: 'nginx, in the location of /broadcast/: proxy_set_header Host $http_host;',
    });
  }
  if (OF_SOMETHING_ELSE.includes(status)) throw new Refused(`the upgrade of ${path}`, answer);
  return wrong(`the upgrade was answered ${status}`, {
    why: 'clients that use WebSocket cannot connect',
    mend: 'nginx, in the location of /broadcast/: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;',
  });
}
