import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { openPostgres } from '@parley/testkit/databases/databases.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt from 'mqtt';
import { login, newcomer, openDeployments, PASSWORD } from './account-deployments.ts';

const deployments = openDeployments();

test('signing out ends the session: its token is refused, and its cookies are gone', async () => {
  const { browser, token } = await newcomer(deployments.url);
  const [cookie = ''] = [browser.cookie('parley-session')];
  assert.equal((await browser.send('GET', '/chat', undefined, bearerHeader(token))).status, 200);
  const ended = await browser.send('DELETE', '/session');
  assert.equal(ended.status, 204);
  assert.equal(browser.cookie('parley-token'), undefined);
  assert.equal(browser.cookie('parley-session'), undefined);
  const refused = await browser.send('GET', '/chat', undefined, bearerHeader(token));
  assert.equal(refused.body.code, 'invalid-token');
  browser.setCookie('parley-session', cookie);
  assert.equal((await browser.send('GET', '/session')).body.code, 'unauthenticated');
  assert.equal((await browser.send('POST', '/session/renew')).body.code, 'unauthenticated');
  assert.equal((await browser.send('DELETE', '/session')).status, 204);
});

test('only the session renews a token, and it renews a stream when asked', async () => {
  const { browser, token } = await newcomer(deployments.url);
  const renewed = await browser.send('POST', '/session/renew', { stream: 'instance-1.stream_2' });
  assert.equal(renewed.status, 200);
  assert.equal(browser.cookie('parley-token'), renewed.body.token);
  assert.ok(Date.parse(String(renewed.body.expiresAt)) > Date.now() + 290_000);
  for (const stream of ['x', '+/#.a', 'a.b.c', '', 7]) {
    assert.equal(
      (await browser.send('POST', '/session/renew', { stream })).status,
      400,
      `${stream}`,
    );
  }
  const stranger = new BrowserSession(deployments.url);
  const byToken = await stranger.send('POST', '/session/renew', undefined, bearerHeader(token));
  assert.equal(byToken.status, 401);
});

test('an account has at most 20 sessions; the oldest ends', async () => {
  const { name, browser, token } = await newcomer(deployments.url);
  const browsers = [browser];
  while (browsers.length < 21) {
    const next = new BrowserSession(deployments.url);
    await next.send('POST', '/session', { login: name, password: PASSWORD });
    browsers.push(next);
  }
  const statuses = await Promise.all(
    browsers.map(async (one) => (await one.send('GET', '/session')).status),
  );
  assert.deepEqual(statuses, [401, ...Array(20).fill(200)]);
  const refused = await browser.send('GET', '/chat', undefined, bearerHeader(token));
  assert.equal(refused.body.code, 'invalid-token');
});

test('a token alone can show and end its session', async () => {
  const { name, browser, token } = await newcomer(deployments.url);
  const stranger = new BrowserSession(deployments.url);
  const shown = await stranger.send('GET', '/session', undefined, bearerHeader(token));
  assert.equal(shown.body.username, name);
  assert.equal(
    (await stranger.send('DELETE', '/session', undefined, bearerHeader(token))).status,
    204,
  );
  assert.equal((await browser.send('GET', '/session')).status, 401);
});

test('a password change ends the other sessions at once, by cookie and by bearer', async () => {
  const { name, browser, token } = await newcomer(deployments.url);
  const other = new BrowserSession(deployments.url);
  const { body } = await other.send('POST', '/session', { login: name, password: PASSWORD });
  const next = 'another phrase altogether';
  const wrong = await browser.send('POST', '/session/password', {
    password: 'no',
    newPassword: next,
  });
  assert.equal(wrong.body.code, 'invalid-credentials');
  const common = { password: PASSWORD, newPassword: 'password1234' };
  assert.equal(
    (await browser.send('POST', '/session/password', common)).body.code,
    'invalid-password',
  );
  const changed = await browser.send('POST', '/session/password', {
    password: PASSWORD,
    newPassword: next,
  });
  assert.equal(changed.status, 200);
  for (const old of [token, String(body.token)]) {
    const refused = await other.send('POST', '/chat/x', { message: 'hi' }, bearerHeader(old));
    assert.equal(refused.body.code, 'invalid-token');
  }
  // As a guest, which needs a name.
  assert.equal(
    (await other.send('POST', '/chat/x', { message: 'hi' })).body.code,
    'invalid-username',
  );
  assert.equal((await other.send('GET', '/session')).status, 401);
  assert.equal((await browser.send('POST', '/chat/x', { message: 'hi' })).status, 201);
  assert.equal((await login(name, PASSWORD, deployments.url)).status, 401);
  assert.equal((await login(name, next, deployments.url)).status, 200);
});

test('services receive renewals of streams and ends of sessions on the bus', async () => {
  const port = await freePort();
  const { running } = await deployments.open({
    MQTT_PORT: String(port),
    MQTT_PASSWORD: 'the parts',
  });
  const { browser, token } = await newcomer(running.url);
  const options = { username: 'parley', password: 'the parts' };
  const part = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, options);
  deployments.stack.defer(() => part.endAsync(true));
  const received = new Map<string, Record<string, unknown>>();
  part.on('message', (topic, payload) => received.set(topic, JSON.parse(String(payload))));
  await part.subscribeAsync(['chat/renewals/i-1', 'chat/sessions/ended']);
  const { body } = await browser.send('POST', '/session/renew', { stream: 'i-1.s_2' });
  await browser.send('DELETE', '/session');
  await until('both messages arrived', () => received.size === 2);
  assert.deepEqual(received.get('chat/renewals/i-1'), { stream: 'i-1.s_2', token: body.token });
  const { sid, until: end } = received.get('chat/sessions/ended') ?? {};
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  assert.equal(sid, claims.sid);
  assert.ok(Number(end) > claims.exp);
});

test(
  'on PostgreSQL two replicas share accounts, and a session that ends on one ends on the other',
  needs('postgresql'),
  async () => {
    const database = deployments.stack.use(await openPostgres());
    const STORE_URL = await database.create('accounts');
    const { folder } = await deployments.open();
    const env = {
      STORE_URL,
      MQTT_URL: deployments.first.running.ready.mqtt ?? 'mqtt://127.0.0.1:9',
      TOKEN_KEY_FILE: `${folder}/token.key`,
    };
    const [one, two] = [
      deployments.stack.use(await start('services/chat', env)),
      deployments.stack.use(await start('services/chat', env)),
    ];
    const { name, browser, token } = await newcomer(one.url);
    const elsewhere = new BrowserSession(two.url);
    elsewhere.setCookie('parley-session', browser.cookie('parley-session') ?? '');
    assert.equal((await elsewhere.send('GET', '/session')).body.username, name);
    assert.equal(
      (await elsewhere.send('GET', '/chat', undefined, bearerHeader(token))).status,
      200,
    );
    assert.equal((await browser.send('DELETE', '/session')).status, 204);
    await until('the other replica refuses the token', async () => {
      return (await elsewhere.send('GET', '/chat', undefined, bearerHeader(token))).status === 401;
    });
  },
);

test('all traffic matched the API documents', async () => {
  assert.equal(await deployments.first.running.end('SIGTERM'), 0);
});
