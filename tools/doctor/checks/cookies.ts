import { Refused } from '../refused.ts';
import { begin, readBody } from '../request.ts';
import { type Check, ok, open, wrong } from '../verdict.ts';

/**
 * Checks that session cookies are sent over TLS only. Signing out deletes them with the same
 * attributes, which needs no account.
 */
export const cookies: Check = {
  name: 'cookies',
  async run(visit) {
    if (visit.url.protocol !== 'https:') return open('without TLS there is nothing to check');
    const answer = await begin(visit, '/session', { method: 'DELETE' });
    const { statusCode: status = 0, headers } = answer;
    const body = await readBody(answer);
    if (status === 404) return open('this deployment has no accounts');
    if (status !== 204) throw new Refused('DELETE /session', { status, body });
    const given = headers['set-cookie'] ?? [];
    if (given.length > 0 && given.every((cookie) => /; *secure\b/i.test(cookie)))
      return ok('they are sent over TLS only');
    return wrong(given.length > 0 ? 'they are not Secure' : 'they do not get through', {
      why: 'browsers send them over plain HTTP too, or people cannot sign in',
      mend: 'nginx: proxy_set_header X-Forwarded-Proto $scheme;  and chat: TRUSTED_PROXIES=<its address>',
    });
  },
};
