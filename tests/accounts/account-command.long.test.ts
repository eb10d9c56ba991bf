import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import type { Running } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import { login, openDeployments, PASSWORD } from './account-deployments.ts';

const deployments = openDeployments();
const run = promisify(execFile);
let deployment: Running;
let folder: string;

before(async () => {
  ({ running: deployment, folder } = await deployments.open());
});
after(() => deployments.stack.disposeAsync());

/** Runs `npm run account` on the deployment's store while the deployment runs. */
async function account(args: string[], password = ''): Promise<string> {
  const running = run(process.execPath, ['services/chat/commands/account/main.ts', ...args], {
    env: { PATH: process.env.PATH, DATA_DIR: folder },
  });
  running.child.stdin?.end(password);
  return (await running).stdout;
}

test('npm run account adds accounts and administrators, and ends sessions while Parley runs', async () => {
  assert.equal(
    await account(['add', 'Root', 'root@example.org'], PASSWORD),
    'Root has an account\n',
  );
  await account(['admin', 'root']);
  const { status, body } = await login('root@example.org', PASSWORD, deployment.url);
  assert.equal(status, 200);
  assert.equal(body.admin, true);
  assert.match(await account(['list']), /^Root\troot@example.org\tadmin\t/m);
  await account(['member', 'Root']);
  const refused = () =>
    new BrowserSession(deployment.url).send(
      'GET',
      '/chat',
      undefined,
      bearerHeader(String(body.token)),
    );
  await until('its token is refused', async () => (await refused()).status === 401);
  const made = /^password: (\S+)$/m.exec(await account(['password', 'root']))?.[1] ?? '';
  assert.equal((await login('root', PASSWORD, deployment.url)).status, 401);
  assert.equal((await login('root', made, deployment.url)).body.admin, false);
  await account(['remove', 'root']);
  assert.equal((await login('root', made, deployment.url)).status, 401);
  await assert.rejects(
    account(['add', 'x', 'x@example.org'], 'password1'),
    /Many use this password/,
  );
  await assert.rejects(account(['sign-out', 'root']), /there is no account root/);
});

test('all traffic matched the API documents', async () => {
  assert.equal(await deployment.end('SIGTERM'), 0);
});
