import { randomBytes } from 'node:crypto';
import { begin } from '../request.ts';
import { type Check, ok, open, wrong } from '../verdict.ts';

/** Whether a WebSocket gets through (RFC 6455 section 4.1). */
export const websocket: Check = {
  name: 'WebSocket',
  async run({ url, channel }) {
    const answer = await begin(new URL(`/broadcast/${encodeURIComponent(channel)}/ws`, url), {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      },
    });
    answer.destroy();
    const { statusCode } = answer;
    if (statusCode === 101) return ok('the upgrade goes through');
    const isParleys = answer.headers['x-served-by'] !== undefined;
    if (statusCode === 404 && isParleys) return open('not offered by this version');
    return wrong(`the upgrade was answered ${statusCode}`, {
      why: 'clients that speak WebSocket cannot connect',
      mend: 'nginx, where /broadcast/ is: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;',
    });
  },
};
