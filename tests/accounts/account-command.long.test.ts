import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { until } from '@parley/testkit/until.ts';
import { login, openDeployments, PASSWORD } from './account-deployments.ts';
import { runAccount } from './administrator.ts';

const deployments = openDeployments();

const account = (args: string[], password = '') =>
  runAccount(deployments.first.folder, args, password);

test('npm run account adds accounts and administrators, and ends sessions while Parley runs', async () => {
  assert.equal(
    await account(['add', 'Root', 'root@example.org'], PASSWORD),
    'Root has an account\n',
  );
  await account(['admin', 'root']);
  const { status, body } = await login('root@example.org', PASSWORD, deployments.url);
  assert.equal(status, 200);
  assert.equal(body.admin, true);
  assert.match(await account(['list']), /^Root\troot@example.org\tadmin\t/m);
  await account(['member', 'Root']);
  const refused = () =>
    new BrowserSession(deployments.url).send(
      'GET',
      '/chat',
      undefined,
      bearerHeader(String(body.token)),
    );
  await until('its token is refused', async () => (await refused()).status === 401);
  const made = /^password: (\S+)$/m.exec(await account(['password', 'root']))?.[1] ?? '';
  assert.equal((await login('root', PASSWORD, deployments.url)).status, 401);
  assert.equal((await login('root', made, deployments.url)).body.admin, false);
  await account(['remove', 'root']);
  assert.equal((await login('root', made, deployments.url)).status, 401);
  await assert.rejects(
    account(['add', 'x', 'x@example.org'], 'password1'),
    /Many use this password/,
  );
  await assert.rejects(account(['sign-out', 'root']), /there is no account root/);
});

test('all traffic matched the API documents', async () => {
  assert.equal(await deployments.first.running.end('SIGTERM'), 0);
});
