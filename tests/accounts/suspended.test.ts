import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { auditPageSchema } from '@parley/contract/accounts/audit.ts';
import { userListSchema } from '@parley/contract/accounts/user-list.ts';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt from 'mqtt';
import { login, newcomer, openDeployments, PASSWORD } from './account-deployments.ts';
import { newAdministrator, runAccount } from './administrator.ts';

const deployments = openDeployments();
let made: ReturnType<typeof newAdministrator> | undefined;

/** The administrator of the first deployment. */
function administrator() {
  made ??= newAdministrator(deployments.url, deployments.first.folder);
  return made;
}

/** The claims of a token. */
function claimsOf(token: string): { sub: string; sid: string } {
  return JSON.parse(String(Buffer.from(token.split('.')[1] ?? '', 'base64url')));
}

test('a suspended account loses its sessions at once, and cannot sign in until it is restored', async () => {
  const root = await administrator();
  const { name, browser, token, email } = await newcomer(deployments.url);
  const path = `/users/${name.toUpperCase()}/suspended`;
  assert.equal((await root.browser.send('POST', path)).status, 204);
  const refused = await browser.send('GET', '/chat', undefined, bearerHeader(token));
  assert.equal(refused.body.code, 'invalid-token');
  assert.equal((await browser.send('GET', '/session')).status, 401);
  assert.equal((await browser.send('POST', '/session/renew')).status, 401);
  for (const one of [name, email]) {
    const { status, body } = await login(one, PASSWORD, deployments.url);
    assert.deepEqual([status, body.code], [403, 'account-suspended']);
  }
  assert.equal(
    (await login(name, 'wrong password', deployments.url)).body.code,
    'invalid-credentials',
  );
  assert.equal((await root.browser.send('POST', path)).status, 204, 'again');
  const listed = async () => {
    const { body } = await root.browser.send('GET', '/users?limit=1000');
    return userListSchema.parse(body).users.find(({ username }) => username === name);
  };
  assert.ok(Date.parse((await listed())?.suspendedAt ?? '') > 0);
  assert.equal((await root.browser.send('DELETE', path)).status, 204);
  assert.equal((await root.browser.send('DELETE', path)).status, 204, 'again');
  assert.equal((await login(name, PASSWORD, deployments.url)).status, 200);
  assert.equal((await listed())?.suspendedAt, undefined);
  const { entries } = auditPageSchema.parse((await root.browser.send('GET', '/audit')).body);
  const acts = entries.filter(({ whom }) => whom === name).map(({ act, name: by }) => [act, by]);
  assert.deepEqual(acts, [
    ['suspend', root.name],
    ['restore', root.name],
  ]);
});

test('an administrator cannot suspend the own account, nor one that does not exist', async () => {
  const { browser, name } = await administrator();
  const own = await browser.send('POST', `/users/${name}/suspended`);
  assert.equal(own.body.code, 'forbidden');
  for (const missing of ['unknown', 'x'.repeat(3_000), '%20']) {
    const { status, body } = await browser.send('POST', `/users/${missing}/suspended`);
    assert.deepEqual([status, body.code], [404, 'not-found']);
  }
});

test('accounts are found by the beginning of their names, in any case', async () => {
  const { browser } = await administrator();
  const { name } = await newcomer(deployments.url);
  const find = async (text: string) => {
    const answer = await browser.send('GET', `/users?name=${encodeURIComponent(text)}`);
    return userListSchema.parse(answer.body).users.map(({ username }) => username);
  };
  assert.deepEqual(await find(name.toUpperCase()), [name]);
  assert.ok((await find(name.slice(0, 2))).includes(name));
  assert.deepEqual(await find(`${name}x`), []);
});

test('accounts are listed in pages', async () => {
  const { browser } = await administrator();
  await newcomer(deployments.url);
  const all = userListSchema.parse((await browser.send('GET', '/users')).body);
  assert.equal(all.next, null);
  const paged: unknown[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const query: string = `limit=1&after=${encodeURIComponent(after)}`;
    const page = userListSchema.parse((await browser.send('GET', `/users?${query}`)).body);
    paged.push(...page.users);
    after = page.next;
  }
  assert.deepEqual(paged, all.users);
});

test('streams and devices of a suspended account end at once, with tokens of no session too', async () => {
  const mqttPort = await freePort();
  const { running, folder } = await deployments.open({
    MQTT_PORT: String(mqttPort),
    AUTH: 'required',
    CANARY_SECONDS: '0',
  });
  const root = await newAdministrator(running.url, folder);
  const { name, token } = await newcomer(running.url);
  const { sub } = claimsOf(token);
  const key = openSigningKey(readFileSync(`${folder}/token.key`, 'utf8'));
  const lasting = key.sign({ sub, name, publish: ['**'], subscribe: ['**'] }, 86_400);
  using open = new DisposableStack();
  const readers = [token, lasting].map((one) =>
    open.use(new SocketReader(running.url, 'lobby', '', bearerHeader(one))),
  );
  for (const reader of readers) await reader.receivedFrame('hello');
  const devices = await Promise.all(
    [token, lasting].map((password) =>
      mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
        username: 'device',
        password,
        reconnectPeriod: 0,
      }),
    ),
  );
  const cut = devices.map(
    (device) => new Promise<void>((resolve) => device.once('close', resolve)),
  );
  const { body } = await new BrowserSession(running.url).send(
    'POST',
    '/tickets',
    undefined,
    bearerHeader(lasting),
  );
  assert.equal((await root.browser.send('POST', `/users/${name}/suspended`)).status, 204);
  for (const reader of readers) await reader.receivedFrame('expired');
  await Promise.all(cut);
  const post = await root.browser.send(
    'POST',
    '/chat/lobby',
    { message: 'x' },
    bearerHeader(lasting),
  );
  assert.equal(post.body.code, 'invalid-token');
  const byTicket = await fetch(`${running.url}/broadcast/lobby?ticket=${body.ticket}`);
  assert.equal(byTicket.status, 401);
  assert.equal(await running.end('SIGTERM'), 0);
});

test('npm run account suspends and restores while Parley runs', async () => {
  const { name, browser } = await newcomer(deployments.url);
  const { folder } = deployments.first;
  assert.match(await runAccount(folder, ['suspend', name]), /suspended; 1 session/);
  assert.match(await runAccount(folder, ['list']), new RegExp(`^${name}\t.*\tsuspended$`, 'm'));
  await until('its token is refused', async () => {
    const token = bearerHeader(browser.cookie('parley-token') ?? '');
    return (await browser.send('GET', '/chat', undefined, token)).status === 401;
  });
  assert.equal((await login(name, PASSWORD, deployments.url)).status, 403);
  await runAccount(folder, ['restore', name]);
  assert.equal((await login(name, PASSWORD, deployments.url)).status, 200);
});

test('all traffic matched the API documents', async () => {
  assert.equal(await deployments.first.running.end('SIGTERM'), 0);
});
