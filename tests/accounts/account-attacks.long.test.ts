import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { metric } from '@parley/testkit/metric.ts';
import { until } from '@parley/testkit/until.ts';
import { login, newcomer, openDeployments, PASSWORD } from './account-deployments.ts';

const deployments = openDeployments();

test('an unknown login and a wrong password get the same answer after the same time', async () => {
  const { name } = await newcomer(deployments.url);
  const known: number[] = [];
  const unknown: number[] = [];
  const answers = new Set<string>();
  for (let i = 0; i < 8; i++) {
    for (const [login, times] of [
      [name, known],
      [`nobody-${i}`, unknown],
    ] as const) {
      const began = performance.now();
      const { status, body } = await new BrowserSession(deployments.url).send('POST', '/session', {
        login,
        password: 'not the password',
      });
      times.push(performance.now() - began);
      const { instance, ...problem } = body;
      answers.add(JSON.stringify([status, problem]));
    }
  }
  assert.equal(answers.size, 1);
  assert.match([...answers].join(), /^\[401,.*invalid-credentials/);
  // Hashing takes tens of milliseconds and a store lookup about one. The fastest answers show the
  // difference.
  const [a, b] = [Math.min(...known), Math.min(...unknown)];
  assert.ok(a < b * 2 && b < a * 2, `${a} ms known, ${b} ms unknown`);
});

test('wrong passwords count together for a name, in any spelling, and its e-mail address', async () => {
  const { name, email } = await newcomer(deployments.url);
  const logins = [name, email, name.toUpperCase(), email.toUpperCase(), ` ${name}`];
  const statuses: number[] = [];
  for (let i = 0; i < 15; i++)
    statuses.push(
      (await login(logins[i % logins.length] ?? '', `guess ${i}`, deployments.url)).status,
    );
  assert.deepEqual(statuses, [...Array(10).fill(401), ...Array(5).fill(429)]);
});

test('one address counts once, in each form that gateways write', async () => {
  const { running } = await deployments.open({
    TRUSTED_PROXIES: 'loopback',
    POSTS_PER_ADDRESS: '5',
  });
  const { name } = await newcomer(running.url);
  for (const spell of [
    (i: number) => `192.0.2.9:${50_000 + i}`,
    (i: number) => `[2001:db8::9]:${50_000 + i}`,
    (i: number) => `"[2001:db8:1:1::${i}]:443"`,
    (i: number) => ['::ffff:192.0.2.8', '192.0.2.8', '[::ffff:c000:208]:1'][i % 3] ?? '',
    (i: number) => `fe80::1%eth${i}`,
    (i: number) => `10.9.9.${i}, 192.0.2.7:${i}`,
  ]) {
    const from = (i: number) => ({ 'X-Forwarded-For': spell(i) });
    const tries = Array.from({ length: 12 }, (_, i) =>
      new BrowserSession(running.url).send(
        'POST',
        '/session',
        { login: name, password: `guess ${i}` },
        from(i),
      ),
    );
    const logins = (await Promise.all(tries)).map(({ status }) => status).sort();
    assert.deepEqual(logins, [...Array(10).fill(401), 429, 429], spell(0));
    const fields = { username: 'bo', message: 'hi' };
    const posts = Array.from({ length: 7 }, (_, i) =>
      new BrowserSession(running.url).send('POST', '/chat/ports', fields, from(i)),
    );
    const posted = (await Promise.all(posts)).map(({ status }) => status).sort();
    assert.deepEqual(posted, [...Array(5).fill(201), 429, 429], spell(0));
  }
});

test('password guessing is stopped, while the owner and others can sign in from elsewhere', async () => {
  const { running } = await deployments.open({ TRUSTED_PROXIES: 'loopback' });
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

test('an account that is attacked from many addresses allows each address three tries', async () => {
  const { running } = await deployments.open({ TRUSTED_PROXIES: 'loopback' });
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

test('posts continue while many users sign in, and a sign-in that would wait too long is refused', async () => {
  const { running } = await deployments.open({ TRUSTED_PROXIES: 'loopback' });
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
  const posted = await new BrowserSession(running.url).send('POST', '/chat/busy', {
    username: 'bo',
    message: 'hi',
  });
  const took = performance.now() - began;
  assert.equal(posted.status, 201);
  const statuses = (await Promise.all(logins)).map(({ status }) => status);
  const loginsTook = performance.now() - began;
  assert.ok(took < loginsTook / 3, `the post took ${took} ms of ${loginsTook}`);
  assert.deepEqual([...new Set(statuses)].sort(), [401, 503]);
});

test("another page or program cannot use a visitor's session", async () => {
  const { browser } = await newcomer(deployments.url);
  const postMessage = (headers: Record<string, string>) =>
    browser.send('POST', '/chat/csrf', { message: 'hi' }, headers);
  const { host } = new URL(deployments.url);
  for (const headers of [
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: `http://${host}.evil.example` },
    { Origin: 'http://127.0.0.1:1' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { Origin: `http://${host}`, 'Sec-Fetch-Site': 'cross-site' },
  ]) {
    const refused = await postMessage(headers);
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
    (await postMessage({ Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' })).status,
    201,
  );
  assert.equal((await postMessage({})).status, 201);
  const read = await browser.send('GET', '/chat/csrf', undefined, {
    Origin: 'https://evil.example',
  });
  assert.equal(read.status, 200);
});

test('another site cannot sign a visitor in or up, nor post as a guest', async () => {
  const { name } = await newcomer(deployments.url);
  const foreign = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
  const stranger = new BrowserSession(deployments.url);
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
    '/chat/foreign',
    { username: 'x', message: 'hi' },
    foreign,
  );
  assert.deepEqual([guest.status, guest.body.code], [403, 'origin-refused']);
  assert.deepEqual(await wholeLog(deployments.url, 'foreign'), []);
});

test("pages of CORS_ORIGINS can use a visitor's session; with * no page can", async () => {
  const { running: named } = await deployments.open({ CORS_ORIGINS: 'https://a.example' });
  const { running: all } = await deployments.open({ CORS_ORIGINS: '*' });
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

test('no password, token or session is ever logged', async () => {
  const { running } = await deployments.open({ LOG_LEVEL: 'trace' });
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
    running.output.some((line) => line.includes('"DELETE"')),
  );
  for (const secret of secrets) {
    assert.ok(secret);
    assert.deepEqual(
      running.output.filter((line) => line.includes(secret)),
      [],
    );
  }
});

test('all traffic matched the API documents', async () => {
  assert.equal(await deployments.first.running.end('SIGTERM'), 0);
});
