import { ask } from '../request.ts';
import { type Check, ok, open, wrong } from '../verdict.ts';

/** Whether the page comes with the policy that keeps foreign scripts from running. */
export const policy: Check = {
  name: 'page policy',
  async run(visit) {
    const { status, headers } = await ask(visit, '/');
    const isPage = status === 200 && headers['content-type']?.startsWith('text/html');
    if (!isPage) return open('no page is served here');
    const said = String(headers['content-security-policy'] ?? '');
    if (/script-src 'self'(?:;|$)/.test(said)) return ok('the page runs its own scripts alone');
    return wrong(said === '' ? 'there is no Content-Security-Policy' : `it is another (${said})`, {
      why: 'a script that got into the page would run, as whoever reads it',
      mend: 'nginx: no proxy_hide_header or add_header Content-Security-Policy: Parley says it itself',
    });
  },
};
