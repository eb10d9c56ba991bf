import { ask } from '../request.ts';
import { type Check, ok, open, wrong } from '../verdict.ts';

const CALLBACK = '/session/openid/callback';

/**
 * Checks that people can begin to sign in by the OpenID provider, and that it will send them back to
 * this address.
 */
export const provider: Check = {
  name: 'sign-in provider',
  async run(visit) {
    const session = await ask(visit, '/session?guest=ok');
    if (session.status !== 200) return open(`GET /session answered ${session.status}`);
    const { provider: label } = JSON.parse(session.body) as { provider?: string };
    if (label === undefined) return ok('this server has none');
    const { status, body } = await ask(visit, '/session/openid', { method: 'POST' });
    if (status !== 200) {
      return wrong(`${label}: the sign-in cannot begin (${status})`, {
        why: 'people without a password cannot sign in',
        mend: 'chat\'s log has the reason ("openid: the provider cannot be used"): OIDC_ISSUER exactly as in the provider\'s discovery document, and a network on which chat reaches it',
      });
    }
    const address = new URL((JSON.parse(body) as { url: string }).url);
    const back = address.searchParams.get('redirect_uri');
    const wanted = new URL(CALLBACK, visit.url).href;
    if (back === wanted) return ok(`${label}: ${address.host} sends people back to ${wanted}`);
    return wrong(`${label}: ${address.host} would send people back to ${back}`, {
      why: 'the provider refuses an address that is not registered, or people come back without their cookie',
      mend: 'nginx: proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;  and chat: TRUSTED_PROXIES=<its address>',
    });
  },
};
