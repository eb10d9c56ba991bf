import { ask } from '../request.ts';
import { type Check, ok, type Visit, wrong } from '../verdict.ts';

const PATHS = ['/metrics', '/healthz', '/readyz', '/%6detrics', '/metrics/'];

/** Checks that internal paths are closed from outside. */
export const inside: Check = {
  name: 'inside',
  async run(visit) {
    for (const path of PATHS) {
      const { status, headers } = await ask(visit, path);
      const type = headers['content-type'] ?? '';
      if (status < 200 || status > 299 || type.startsWith('text/html')) continue;
      return wrong(`${path} is open (${status})`, {
        why: 'anyone can see the state of the servers, and each request costs them work',
        mend: 'nginx: location ~* ^/(healthz|readyz|metrics)(/|$) { return 404; }',
      });
    }
    if (await redeems(visit)) {
      return wrong('/tickets/redeem is open', {
        why: 'anyone who finds a ticket gets the token that it stands for',
        mend: 'nginx: location ~* ^/tickets/redeem(/|$) { return 404; }',
      });
    }
    return ok('metrics, health and redeeming tickets are closed');
  },
};

/** True when chat answers the path, which is only for broadcast. */
async function redeems(visit: Visit): Promise<boolean> {
  const headers = { 'Content-Type': 'application/json' };
  const call = { method: 'POST', headers, body: '{"ticket":"none"}' };
  return (await ask(visit, '/tickets/redeem', call)).body.includes('invalid-ticket');
}
