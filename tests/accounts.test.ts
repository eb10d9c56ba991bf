import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import { BrowserSession } from './browser-session.ts';
import { type DatabaseServer, startPostgres } from './databases.ts';
import { fixedPort } from './fixed-port.ts';
import { forgeTokens } from './forged-tokens.ts';
import { metric } from './metric.ts';
import { needs } from './real-parts.ts';
import { type Running, start } from './running.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

const run = promisify(execFile);
const PASSWORD = 'correct horse battery staple';
const stack = new AsyncDisposableStack();
let house: Running;
let houseFolder: string;

/** A house without a store of its own elsewhere; whoever needs another starts it. */
async function open(
  env: Record<string, string> = {},
): Promise<{ running: Running; folder: string }> {
  const folder = stack.use(await temporaryFolder()).path;
  const running = stack.use(await start('services/standalone', { DATA_DIR: folder, ...env }));
  return { running, folder };
}

before(async () => {
  ({ running: house, folder: houseFolder } = await open());
});
after(() => stack.disposeAsync());

let people = 0;

/** Somebody new, signed up and signed in. */
async function newcomer(url = house.url) {
  const name = `ada-${++people}`;
  const browser = new BrowserSession(url);
  const fields = { username: name, email: `${name}@example.org`, password: PASSWORD };
  const { status, body } = await browser.send('POST', '/users', fields);
  assert.equal(status, 201);
  return { name, email: fields.email, browser, token: String(body.token) };
}

const login = (name: string, password: string, url = house.url) =>
  new BrowserSession(url).send('POST', '/session', { login: name, password });

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

test('whoever signs up is signed in, by cookies that no script and no other site sees', async () => {
  const { name, email, browser } = await newcomer();
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
  assert.deepEqual(who, { username: name, email, admin: false });
  assert.ok(Date.parse(String(expiresAt)) > Date.now() + 29 * 86_400_000);
});

test('over TLS, as a trusted proxy says, the cookies are Secure', async () => {
  const { running } = await open({ TRUSTED_PROXIES: 'loopback' });
  const { name, browser } = await newcomer(running.url);
  assert.doesNotMatch(browser.lastCookies.join(), /Secure/);
  const fields = { login: name, password: PASSWORD };
  await browser.send('POST', '/session', fields, { 'X-Forwarded-Proto': 'https' });
  for (const cookie of browser.lastCookies) assert.match(cookie, /; Secure/);
});

test('a message of whoever is signed in carries the name without saying it, and no other', async () => {
  const { name, browser } = await newcomer();
  const said = await browser.send('POST', '/chat/cookies', { message: 'hi' });
  assert.equal(said.status, 201);
  assert.equal(said.body.username, name);
  const feigned = await browser.send('POST', '/chat/cookies', { message: 'hi', username: 'eve' });
  assert.equal(feigned.body.code, 'forbidden');
});

test('name or address sign in, in any case, as form or JSON, under any of three field names', async () => {
  const { name, email } = await newcomer();
  for (const fields of [
    { login: name },
    { login: email.toUpperCase() },
    { email },
    { username: ` ${name.toUpperCase()}` },
  ]) {
    const browser = new BrowserSession(house.url);
    const { status, body } = await browser.send('POST', '/session', {
      ...fields,
      password: PASSWORD,
    });
    assert.equal(status, 200);
    assert.equal(body.username, name);
  }
  const form = await fetch(`${house.url}/session`, {
    method: 'POST',
    body: new URLSearchParams({ login: name, password: PASSWORD }),
  });
  assert.equal(form.status, 200);
});

const REFUSED: [what: string, change: object, code: string][] = [
  ['a name with a line break', { username: 'a\nb' }, 'invalid-username'],
  ['a name with an @', { username: 'a@b' }, 'invalid-username'],
  ['a name that nobody sees', { username: '\u200b\u2060' }, 'invalid-username'],
  ['no name', { username: ' ' }, 'invalid-username'],
  ['an address without a host', { email: 'ada@' }, 'invalid-email'],
  ['an address that is no text', { email: 7 }, 'invalid-email'],
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
    const { status, body } = await new BrowserSession(house.url).send('POST', '/users', fields);
    assert.equal(status, 400);
    assert.equal(body.code, code);
  });
}

test('a name or an address that looks like one that is taken is taken', async () => {
  const { name, email } = await newcomer();
  const wide = String.fromCodePoint(
    ...[...name].map((c) => (c === '-' ? 45 : (c.codePointAt(0) ?? 0) + 0xfee0)),
  );
  for (const fields of [
    { username: name.toUpperCase(), email: 'else@example.org' },
    { username: `${name}\u200b`, email: 'else@example.org' },
    { username: wide, email: 'else@example.org' },
    { username: 'somebody else', email: email.toUpperCase() },
  ]) {
    const browser = new BrowserSession(house.url);
    const { status, body } = await browser.send('POST', '/users', {
      ...fields,
      password: PASSWORD,
    });
    assert.equal(status, 409, fields.username);
    assert.equal(body.code, 'account-exists');
  }
});

test('an unknown login and a wrong password are answered alike, and as slowly', async () => {
  const { name } = await newcomer();
  const known: number[] = [];
  const unknown: number[] = [];
  const answers = new Set<string>();
  for (let i = 0; i < 8; i++) {
    for (const [login, times] of [
      [name, known],
      [`nobody-${i}`, unknown],
    ] as const) {
      const began = performance.now();
      const { status, body } = await new BrowserSession(house.url).send('POST', '/session', {
        ...{ login, password: 'not the password' },
      });
      times.push(performance.now() - began);
      const { instance, ...problem } = body;
      answers.add(JSON.stringify([status, problem]));
    }
  }
  assert.equal(answers.size, 1);
  assert.match([...answers].join(), /^\[401,.*invalid-credentials/);
  // Hashing takes tens of milliseconds and a look into the store one: the fastest show the difference.
  const [a, b] = [Math.min(...known), Math.min(...unknown)];
  assert.ok(a < b * 2 && b < a * 2, `${a} ms known, ${b} ms unknown`);
});

test('guessing passwords is stopped, while the owner and others go on from elsewhere', async () => {
  const { running } = await open({ TRUSTED_PROXIES: 'loopback' });
  const { name } = await newcomer(running.url);
  const other = await newcomer(running.url);
  const from = (address: string, login: string, password: string) =>
    new BrowserSession(running.url).send(
      'POST',
      '/session',
      { login, password },
      {
        'X-Forwarded-For': address,
      },
    );
  const guesses = await Promise.all(
    Array.from({ length: 25 }, (_, i) => from('192.0.2.1', name, `guess ${i}`)),
  );
  const statuses = guesses.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 401).length, 10);
  assert.equal(statuses.filter((status) => status === 429).length, 15);
  const late = await from('192.0.2.1', name, PASSWORD);
  assert.equal(late.body.code, 'too-many-requests');
  assert.ok(Number(late.headers.get('retry-after')) > 800);
  assert.equal((await from('192.0.2.1', other.name, PASSWORD)).status, 200);
  assert.equal((await from('192.0.2.2', name, PASSWORD)).status, 200);
  assert.equal((await from('2001:db8::1', name, 'guess')).status, 401);
  const metrics = await metric(running.url, 'parley_logins_total{outcome="limited"}');
  assert.equal(metrics, 16);
});

test('an account that is tried from everywhere lets each address try three times', async () => {
  const { running } = await open({ TRUSTED_PROXIES: 'loopback' });
  const { name } = await newcomer(running.url);
  const from = (address: string, password: string) =>
    new BrowserSession(running.url).send(
      'POST',
      '/session',
      { login: name, password },
      {
        'X-Forwarded-For': address,
      },
    );
  for (let i = 0; i < 101; i++) assert.equal((await from(`198.51.100.${i}`, 'guess')).status, 401);
  const fresh = [
    await from('2001:db8::1', 'a'),
    await from('2001:db8::2', 'b'),
    await from('2001:db8::3', 'c'),
  ];
  assert.deepEqual(
    fresh.map(({ status }) => status),
    [401, 401, 401],
  );
  assert.equal((await from('2001:db8::4', PASSWORD)).status, 429);
  assert.equal((await from('2001:db8:0:1::1', PASSWORD)).status, 200);
});

test('posts go on while many sign in, and who would wait for too long is told to come back', async () => {
  const { running } = await open({ TRUSTED_PROXIES: 'loopback' });
  const { name } = await newcomer(running.url);
  const logins = Array.from({ length: 120 }, (_, i) =>
    new BrowserSession(running.url).send(
      'POST',
      '/session',
      { login: `${name}-${i}`, password: 'x' },
      {
        'X-Forwarded-For': `192.0.2.${i}`,
      },
    ),
  );
  const began = performance.now();
  const said = await new BrowserSession(running.url).send('POST', '/chat/busy', {
    ...{ username: 'bo', message: 'hi' },
  });
  const took = performance.now() - began;
  assert.equal(said.status, 201);
  const statuses = (await Promise.all(logins)).map(({ status }) => status);
  const loginsTook = performance.now() - began;
  assert.ok(took < loginsTook / 3, `the post took ${took} ms of ${loginsTook}`);
  assert.deepEqual([...new Set(statuses)].sort(), [401, 503]);
});

test('signing out ends the session: its token is refused from then on, and its cookies are gone', async () => {
  const { browser, token } = await newcomer();
  const [cookie = ''] = [browser.cookie('parley-session')];
  assert.equal((await browser.send('GET', '/chat', undefined, bearer(token))).status, 200);
  const ended = await browser.send('DELETE', '/session');
  assert.equal(ended.status, 204);
  assert.equal(browser.cookie('parley-token'), undefined);
  assert.equal(browser.cookie('parley-session'), undefined);
  const refused = await browser.send('GET', '/chat', undefined, bearer(token));
  assert.equal(refused.body.code, 'invalid-token');
  browser.setCookie('parley-session', cookie);
  assert.equal((await browser.send('GET', '/session')).body.code, 'unauthenticated');
  assert.equal((await browser.send('POST', '/session/renew')).body.code, 'unauthenticated');
  assert.equal((await browser.send('DELETE', '/session')).status, 204);
});

test('a token is renewed with the session alone, and for a stream when asked', async () => {
  const { browser, token } = await newcomer();
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
  const stranger = new BrowserSession(house.url);
  const byToken = await stranger.send('POST', '/session/renew', undefined, bearer(token));
  assert.equal(byToken.status, 401);
});

test('a token alone shows and ends its session', async () => {
  const { name, browser, token } = await newcomer();
  const stranger = new BrowserSession(house.url);
  const shown = await stranger.send('GET', '/session', undefined, bearer(token));
  assert.equal(shown.body.username, name);
  assert.equal((await stranger.send('DELETE', '/session', undefined, bearer(token))).status, 204);
  assert.equal((await browser.send('GET', '/session')).status, 401);
});

test('another page or program cannot act for whoever is signed in', async () => {
  const { browser } = await newcomer();
  const say = (headers: Record<string, string>) =>
    browser.send('POST', '/chat/csrf', { message: 'hi' }, headers);
  const { host } = new URL(house.url);
  for (const headers of [
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: `http://${host}.evil.example` },
    { Origin: 'http://127.0.0.1:1' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { Origin: `http://${host}`, 'Sec-Fetch-Site': 'cross-site' },
  ]) {
    const refused = await say(headers);
    assert.equal(refused.status, 403, JSON.stringify(headers));
    assert.equal(refused.body.code, 'origin-refused');
    for (const [method, path] of [
      ['DELETE', '/session'],
      ['POST', '/session/renew'],
    ] as const) {
      const { body } = await browser.send(method, path, undefined, headers);
      assert.equal(body.code, 'origin-refused', path);
    }
  }
  assert.equal(
    (await say({ Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' })).status,
    201,
  );
  assert.equal((await say({})).status, 201);
  const read = await browser.send('GET', '/chat/csrf', undefined, {
    Origin: 'https://evil.example',
  });
  assert.equal(read.status, 200);
});

test('another site signs nobody in or up, and posts as nobody', async () => {
  const { name } = await newcomer();
  const foreign = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
  const stranger = new BrowserSession(house.url);
  const fields = { login: name, password: PASSWORD };
  assert.equal(
    (await stranger.send('POST', '/session', fields, foreign)).body.code,
    'origin-refused',
  );
  assert.equal(
    (await stranger.send('POST', '/users', fields, foreign)).body.code,
    'origin-refused',
  );
  const guest = await stranger.send(
    'POST',
    '/chat/csrf',
    { username: 'x', message: 'hi' },
    foreign,
  );
  assert.equal(guest.status, 201);
});

test('CORS_ORIGINS names pages that may act for whoever is signed in; * names none', async () => {
  const { running: named } = await open({ CORS_ORIGINS: 'https://a.example' });
  const { running: all } = await open({ CORS_ORIGINS: '*' });
  const headers = { Origin: 'https://a.example', 'Sec-Fetch-Site': 'same-site' };
  for (const [{ url }, status] of [
    [named, 201],
    [all, 403],
  ] as const) {
    const { browser } = await newcomer(url);
    assert.equal(
      (await browser.send('POST', '/chat/x', { message: 'hi' }, headers)).status,
      status,
    );
  }
});

for (const auth of ['open', 'required']) {
  test(`with AUTH=${auth} a forged token as a cookie gives nothing`, async () => {
    const { running, folder } = await open({ AUTH: auth });
    const pem = readFileSync(`${folder}/token.key`, 'utf8');
    for (const [what, token] of Object.entries(forgeTokens(pem))) {
      if (what === 'far too long' || token === '') continue;
      const browser = new BrowserSession(running.url);
      browser.setCookie('parley-token', token);
      const { status } = await browser.send('POST', '/chat/x', {
        username: 'guest',
        message: 'hi',
      });
      assert.equal(status, auth === 'open' ? 201 : 401, what);
      const session = await browser.send('GET', '/session');
      assert.equal(session.body.code, 'unauthenticated', what);
    }
  });
}

test('a password change ends the other sessions at once, by cookie and by bearer', async () => {
  const { name, browser, token } = await newcomer();
  const other = new BrowserSession(house.url);
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
    const refused = await other.send('POST', '/chat/x', { message: 'hi' }, bearer(old));
    assert.equal(refused.body.code, 'invalid-token');
  }
  // As a guest, who needs a name.
  assert.equal(
    (await other.send('POST', '/chat/x', { message: 'hi' })).body.code,
    'invalid-username',
  );
  assert.equal((await other.send('GET', '/session')).status, 401);
  assert.equal((await browser.send('POST', '/chat/x', { message: 'hi' })).status, 201);
  assert.equal((await login(name, PASSWORD)).status, 401);
  assert.equal((await login(name, next)).status, 200);
});

test('parts hear on the bus of streams that are renewed and of sessions that end', async () => {
  const port = await fixedPort();
  const { running } = await open({ MQTT_PORT: String(port), MQTT_PASSWORD: 'the parts' });
  const { browser, token } = await newcomer(running.url);
  const options = { username: 'parley', password: 'the parts' };
  const part = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, options);
  stack.defer(() => part.endAsync(true));
  const heard = new Map<string, Record<string, unknown>>();
  part.on('message', (topic, payload) => heard.set(topic, JSON.parse(String(payload))));
  await part.subscribeAsync(['chat/renewals/i-1', 'chat/sessions/ended']);
  const { body } = await browser.send('POST', '/session/renew', { stream: 'i-1.s_2' });
  await browser.send('DELETE', '/session');
  await until('both were heard', () => heard.size === 2);
  assert.deepEqual(heard.get('chat/renewals/i-1'), { stream: 'i-1.s_2', token: body.token });
  const { sid, until: end } = heard.get('chat/sessions/ended') ?? {};
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  assert.equal(sid, claims.sid);
  assert.ok(Number(end) > claims.exp);
});

test('with SIGN_UP=closed nobody signs up', async () => {
  const { running } = await open({ SIGN_UP: 'closed' });
  const fields = { username: 'ada', email: 'ada@example.org', password: PASSWORD };
  const { status, body } = await new BrowserSession(running.url).send('POST', '/users', fields);
  assert.equal(status, 403);
  assert.equal(body.code, 'forbidden');
});

test('with AUTH=required whoever signed up speaks where accounts may', async () => {
  const env = { AUTH: 'required', ACCOUNT_PUBLISH: 'team.*', ACCOUNT_SUBSCRIBE: 'team.*, lobby' };
  const { running } = await open(env);
  const { browser } = await newcomer(running.url);
  const say = async (channel: string) =>
    (await browser.send('POST', `/chat/${channel}`, { message: 'x' })).status;
  const read = async (channel: string) => (await browser.send('GET', `/chat/${channel}`)).status;
  assert.deepEqual([await say('team.red'), await say('lobby')], [201, 403]);
  assert.deepEqual([await read('team.red'), await read('lobby'), await read('x')], [200, 200, 403]);
});

test('no password, token or session is ever logged', async () => {
  const { running } = await open({ LOG_LEVEL: 'trace' });
  const { name, browser, token } = await newcomer(running.url);
  const canary = 'canary-password-9b1f';
  await login(name, canary, running.url);
  await login(canary, canary, running.url);
  await browser.send('POST', '/session/password', { password: canary, newPassword: canary });
  await browser.send('POST', '/session/renew');
  await browser.send('POST', '/chat/x', { message: 'hi' });
  await fetch(`${running.url}/session`, {
    method: 'POST',
    body: canary,
    headers: { 'Content-Type': 'application/json' },
  });
  const secrets = [
    canary,
    PASSWORD,
    token,
    browser.cookie('parley-token'),
    browser.cookie('parley-session'),
  ];
  await browser.send('DELETE', '/session');
  await until('the last request was logged', () =>
    running.said.some((line) => line.includes('"DELETE"')),
  );
  for (const secret of secrets) {
    assert.ok(secret);
    assert.deepEqual(
      running.said.filter((line) => line.includes(secret)),
      [],
    );
  }
});

test('without a key there are no accounts, and the answer says why', async () => {
  const folder = stack.use(await temporaryFolder()).path;
  const env = { STORE_URL: `sqlite:${folder}/x.db`, MQTT_URL: 'mqtt://127.0.0.1:9' };
  const chat = stack.use(await start('services/chat', env));
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

test(
  'on PostgreSQL two replicas know the same accounts, and a session that ended on one has ended on the other',
  needs('postgresql'),
  async () => {
    const database: DatabaseServer = stack.use(await startPostgres());
    const STORE_URL = await database.create('accounts');
    const { folder } = await open();
    const env = {
      STORE_URL,
      MQTT_URL: house.ready.mqtt ?? 'mqtt://127.0.0.1:9',
      TOKEN_KEY_FILE: `${folder}/token.key`,
    };
    const [one, two] = [
      stack.use(await start('services/chat', env)),
      stack.use(await start('services/chat', env)),
    ];
    const { name, browser, token } = await newcomer(one.url);
    const elsewhere = new BrowserSession(two.url);
    elsewhere.setCookie('parley-session', browser.cookie('parley-session') ?? '');
    assert.equal((await elsewhere.send('GET', '/session')).body.username, name);
    assert.equal((await elsewhere.send('GET', '/chat', undefined, bearer(token))).status, 200);
    assert.equal((await browser.send('DELETE', '/session')).status, 204);
    await until('the other replica refuses its token', async () => {
      return (await elsewhere.send('GET', '/chat', undefined, bearer(token))).status === 401;
    });
  },
);

/** `npm run account`, on the house's own store while it runs. */
async function account(args: string[], password = ''): Promise<string> {
  const running = run(process.execPath, ['services/chat/accounts/main.ts', ...args], {
    env: { PATH: process.env.PATH, DATA_DIR: houseFolder },
  });
  running.child.stdin?.end(password);
  return (await running).stdout;
}

test('npm run account makes accounts and administrators, and ends sessions while Parley runs', async () => {
  assert.equal(
    await account(['add', 'Root', 'root@example.org'], PASSWORD),
    'Root has an account\n',
  );
  await account(['admin', 'root']);
  const { status, body } = await login('root@example.org', PASSWORD);
  assert.equal(status, 200);
  assert.equal(body.admin, true);
  assert.match(await account(['list']), /^Root\troot@example.org\tadmin\t/m);
  await account(['member', 'Root']);
  const refused = () =>
    new BrowserSession(house.url).send('GET', '/chat', undefined, bearer(String(body.token)));
  await until('its token is refused', async () => (await refused()).status === 401);
  const made = /^password: (\S+)$/m.exec(await account(['password', 'root']))?.[1] ?? '';
  assert.equal((await login('root', PASSWORD)).status, 401);
  assert.equal((await login('root', made)).body.admin, false);
  await account(['remove', 'root']);
  assert.equal((await login('root', made)).status, 401);
  await assert.rejects(
    account(['add', 'x', 'x@example.org'], 'password1'),
    /Many use this password/,
  );
  await assert.rejects(account(['sign-out', 'root']), /there is no account root/);
});

test('every program that ran said on the wire what is described', async () => {
  assert.equal(await house.end('SIGTERM'), 0);
});
