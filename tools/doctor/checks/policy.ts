import { ask } from '../request.ts';
import { type Check, ok, open, wrong } from '../verdict.ts';

/** Checks that the page has the policy that keeps foreign scripts from running. */
export const policy: Check = {
  name: 'page policy',
  async run(visit) {
    const { status, headers } = await ask(visit, '/');
    const isPage = status === 200 && headers['content-type']?.startsWith('text/html');
    if (!isPage) return open('this deployment serves no page');
    const said = String(headers['content-security-policy'] ?? '');
    if (/script-src 'self'(?:;|$)/.test(said)) return ok('the page runs only its own scripts');
    return wrong(
      said === ''
        ? 'there is no Content-Security-Policy'
        : `the policy is a different one (${said})`,
      {
        why: 'a script that got into the page would run with the rights of its reader',
        mend: 'nginx: no proxy_hide_header or add_header Content-Security-Policy, since Parley sends it itself',
      },
    );
  },
};
