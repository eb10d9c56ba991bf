import { Refused } from '../refused.ts';
import { begin, readBody } from '../request.ts';
import { type Check, ok, open, wrong } from '../verdict.ts';

/** Whether the cookies of whoever signs in are for TLS alone; signing out takes them away as they were given. */
export const cookies: Check = {
  name: 'cookies',
  async run(visit) {
    if (visit.url.protocol !== 'https:') return open('without TLS they cannot be kept to it');
    const answer = await begin(visit, '/session', { method: 'DELETE' });
    const { statusCode: status = 0, headers } = answer;
    const body = await readBody(answer);
    if (status === 404) return open('there are no accounts here');
    if (status !== 204) throw new Refused('DELETE /session', { status, body });
    const given = headers['set-cookie'] ?? [];
    if (given.length > 0 && given.every((cookie) => /; *secure\b/i.test(cookie)))
      return ok('they are for TLS alone');
    return wrong(given.length > 0 ? 'they are not Secure' : 'they do not get through', {
      why: 'a browser would show them over plain HTTP too, or nobody could sign in',
      mend: 'nginx: proxy_set_header X-Forwarded-Proto $scheme;  and chat: TRUSTED_PROXIES=<its address>',
    });
  },
};
