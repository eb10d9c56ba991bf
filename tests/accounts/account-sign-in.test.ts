import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { newcomer, openDeployments, PASSWORD } from './account-deployments.ts';

const deployments = openDeployments(async () => ({ TRUSTED_PROXIES: 'loopback' }));

test('signing up also signs in, by cookies that no script and no other site can read', async () => {
  const { name, email, browser } = await newcomer(deployments.url);
  const [token = '', session = ''] = browser.lastCookies;
  assert.match(
    token,
    /^parley-token=[\w.-]+; Max-Age=(299|300); Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
  );
  assert.match(
    session,
    /^parley-session=[\w-]{43}; Max-Age=2\d{6}; Path=\/session; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
  );
  const { status, body } = await browser.send('GET', '/session');
  assert.equal(status, 200);
  const { expiresAt, ...who } = body;
  assert.deepEqual(who, { username: name, email, emailConfirmed: false, admin: false });
  assert.ok(Date.parse(String(expiresAt)) > Date.now() + 29 * 86_400_000);
});

test('over TLS, as reported by a trusted proxy, the cookies are Secure and for this host only', async () => {
  const tls = { 'X-Forwarded-Proto': 'https' };
  const { name, browser } = await newcomer(deployments.url);
  assert.doesNotMatch(browser.lastCookies.join(), /Secure|__Host-/);
  const send = (method: string, path: string, body?: object) =>
    browser.send(method, path, body, tls);
  const names = () => browser.lastCookies.map((cookie) => cookie.split('=', 1)[0]);

  // Cookies from before the upgrade still count. The first answer that sets cookies replaces them.
  assert.equal((await send('GET', '/session')).body.username, name);
  assert.equal((await send('POST', '/session/renew')).status, 200);
  assert.deepEqual(names(), [
    '__Host-parley-token',
    '__Host-parley-session',
    'parley-token',
    'parley-session',
  ]);
  for (const cookie of browser.lastCookies.slice(0, 2))
    assert.match(cookie, /; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/);
  assert.match(
    browser.lastCookies[3] ?? '',
    /^parley-session=; Path=\/session; Expires=Thu, 01 Jan 1970/,
  );
  assert.equal(browser.cookie('parley-token'), undefined);
  assert.equal(browser.cookie('parley-session'), undefined);

  await send('POST', '/session', { login: name, password: PASSWORD });
  assert.deepEqual(names(), ['__Host-parley-token', '__Host-parley-session']);
  assert.equal((await send('POST', '/chat/tls', { message: 'hi' })).body.username, name);
});

test("over TLS a cookie that another host planted does not replace the server's own", async () => {
  const tls = { 'X-Forwarded-Proto': 'https' };
  const { name } = await newcomer(deployments.url);
  const eve = await newcomer(deployments.url);
  const browser = new BrowserSession(deployments.url);
  for (const name of ['parley-token', 'parley-session'])
    browser.setCookie(name, eve.browser.cookie(name) ?? '');
  const fields = { login: name, password: PASSWORD };
  await browser.send('POST', '/session', fields, tls);
  for (const name of ['parley-token', 'parley-session'])
    browser.setCookie(name, eve.browser.cookie(name) ?? '');
  assert.equal((await browser.send('GET', '/session', undefined, tls)).body.username, name);
  const posted = await browser.send('POST', '/chat/tls', { message: 'hi' }, tls);
  assert.equal(posted.body.username, name);
  assert.equal((await browser.send('DELETE', '/session', undefined, tls)).status, 204);
  for (const name of ['parley-token', '__Host-parley-token', '__Host-parley-session'])
    assert.equal(browser.cookie(name), undefined, name);
});

test('a signed-in account posts under its own name without giving it, and under no other', async () => {
  const { name, browser } = await newcomer(deployments.url);
  const posted = await browser.send('POST', '/chat/cookies', { message: 'hi' });
  assert.equal(posted.status, 201);
  assert.equal(posted.body.username, name);
  const feigned = await browser.send('POST', '/chat/cookies', { message: 'hi', username: 'eve' });
  assert.equal(feigned.body.code, 'forbidden');
});

test('name or address sign in, in any case, as form or JSON, under any of three field names', async () => {
  const { name, email } = await newcomer(deployments.url);
  for (const fields of [
    { login: name },
    { login: email.toUpperCase() },
    { email },
    { username: ` ${name.toUpperCase()}` },
  ]) {
    const browser = new BrowserSession(deployments.url);
    const { status, body } = await browser.send('POST', '/session', {
      ...fields,
      password: PASSWORD,
    });
    assert.equal(status, 200);
    assert.equal(body.username, name);
  }
  const form = await fetch(`${deployments.url}/session`, {
    method: 'POST',
    body: new URLSearchParams({ login: name, password: PASSWORD }),
  });
  assert.equal(form.status, 200);
});

const REFUSED: [what: string, change: object, code: string][] = [
  ['a name with a line break', { username: 'a\nb' }, 'invalid-username'],
  ['a name with an @', { username: 'a@b' }, 'invalid-username'],
  ['an invisible name', { username: '\u200b\u2060' }, 'invalid-username'],
  ['a name with an invisible character', { username: 'new\u200b' }, 'invalid-username'],
  ['a name with a right-to-left override', { username: '\u202ewen' }, 'invalid-username'],
  ['a name of two alphabets', { username: 'n\u0435w' }, 'invalid-username'],
  ['no name', { username: ' ' }, 'invalid-username'],
  ['an address without a host', { email: 'ada@' }, 'invalid-email'],
  ['an address that is not a text', { email: 7 }, 'invalid-email'],
  ['seven characters', { password: 'a8d!k2x' }, 'invalid-password'],
  ['a password that many use', { password: 'iloveyou1' }, 'invalid-password'],
  ['the same in capitals', { password: 'ILOVEYOU1' }, 'invalid-password'],
  ['the name as password', { username: 'Erythrina', password: 'erythrina' }, 'invalid-password'],
  ['the address as password', { password: 'New@Example.org' }, 'invalid-password'],
  ['more than 1,024 bytes', { password: '😀'.repeat(257) }, 'invalid-password'],
];

for (const [what, change, code] of REFUSED) {
  test(`${what} is refused as ${code}`, async () => {
    const fields = { username: 'new', email: 'new@example.org', password: PASSWORD, ...change };
    const { status, body } = await new BrowserSession(deployments.url).send(
      'POST',
      '/users',
      fields,
    );
    assert.equal(status, 400);
    assert.equal(body.code, code);
  });
}

test('a name or an address that looks like an existing one is refused as taken', async () => {
  const { name, email } = await newcomer(deployments.url);
  const wide = String.fromCodePoint(
    ...[...name].map((c) => (c === '-' ? 45 : (c.codePointAt(0) ?? 0) + 0xfee0)),
  );
  for (const fields of [
    { username: name.toUpperCase(), email: 'else@example.org' },
    { username: name.replace('-', '\u2010'), email: 'else@example.org' },
    { username: wide, email: 'else@example.org' },
    { username: 'somebody else', email: email.toUpperCase() },
  ]) {
    const browser = new BrowserSession(deployments.url);
    const { status, body } = await browser.send('POST', '/users', {
      ...fields,
      password: PASSWORD,
    });
    assert.equal(status, 409, fields.username);
    assert.equal(body.code, 'account-exists');
  }
});

test('with AUTH=required a new account can post in the channels that accounts may use', async () => {
  const env = { AUTH: 'required', ACCOUNT_PUBLISH: 'team.*', ACCOUNT_SUBSCRIBE: 'team.*, lobby' };
  const { running } = await deployments.open(env);
  const { browser } = await newcomer(running.url);
  const postMessage = async (channel: string) =>
    (await browser.send('POST', `/chat/${channel}`, { message: 'x' })).status;
  const read = async (channel: string) => (await browser.send('GET', `/chat/${channel}`)).status;
  assert.deepEqual([await postMessage('team.red'), await postMessage('lobby')], [201, 403]);
  assert.deepEqual([await read('team.red'), await read('lobby'), await read('x')], [200, 200, 403]);
});

test('without a key there are no accounts, and the answer says why', async () => {
  const folder = deployments.stack.use(await temporaryFolder()).path;
  const env = { STORE_URL: `sqlite:${folder}/x.db`, MQTT_URL: 'mqtt://127.0.0.1:9' };
  const chat = deployments.stack.use(await start('services/chat', env));
  for (const [method, path] of [
    ['POST', '/users'],
    ['GET', '/session'],
    ['POST', '/session/renew'],
  ] as const) {
    const { status, body } = await new BrowserSession(chat.url).send(method, path);
    assert.equal(status, 404);
    assert.match(String(body.detail), /TOKEN_KEY_FILE/);
  }
});

test('all traffic matched the API documents', async () => {
  assert.equal(await deployments.first.running.end('SIGTERM'), 0);
});
