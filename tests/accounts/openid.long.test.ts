import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { listen } from '@parley/kit/http/server/listen.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import { provider } from '../../tools/doctor/checks/provider.ts';
import { newcomer, PASSWORD } from './account-deployments.ts';
import { newAdministrator, runAccount } from './administrator.ts';
import {
  begin,
  goBack,
  type OpenIdDeployment,
  openIdSettings,
  signIn,
  startOpenIdDeployment,
} from './openid-deployment.ts';

const stack = new AsyncDisposableStack();
let deployment: OpenIdDeployment;
/** Where people sign up by invitation only. */
let closed: OpenIdDeployment;

before(async () => {
  deployment = stack.use(await startOpenIdDeployment());
  closed = stack.use(await startOpenIdDeployment({ SIGN_UP: 'closed' }));
});
after(() => stack.disposeAsync());

test('a person signs in by the provider, and has one account at every sign-in', async () => {
  const { parley, provider } = deployment;
  provider.people.set('grace-id', {
    preferred_username: 'grace',
    email: 'grace@example.org',
    email_verified: true,
  });
  const guest = await new BrowserSession(parley.url).send('GET', '/session?guest=ok');
  assert.deepEqual(guest.body, {
    guest: true,
    signUp: 'open',
    mail: false,
    provider: 'Team login',
  });

  const { browser, place, session } = await signIn(deployment, 'grace-id', { channel: 'Zürich' });
  assert.equal(place, '/Z%C3%BCrich');
  const { username, email, admin, password } = session;
  const expected = { username: 'grace', email: 'grace@example.org', admin: false, password: false };
  assert.deepEqual({ username, email, admin, password }, expected);
  const post = await browser.send('POST', '/chat/lobby', { message: 'hi @grace' });
  assert.equal(post.body.username, 'grace');
  const { body } = await browser.send('GET', '/chat/lobby/events');
  assert.equal((body.events as { account?: boolean }[])[0]?.account, true);

  provider.people.set('grace-id', { preferred_username: 'renamed' });
  const again = await signIn(deployment, 'grace-id');
  assert.equal(again.place, '/');
  assert.equal(again.session.username, 'grace');
  assert.match(
    await runAccount(deployment.folder, ['list']),
    new RegExp(`^grace\tgrace@example.org\tmember\t[\\d-]+\t${provider.issuer}#grace-id$`, 'm'),
  );
});

test('an account with a password is never found by its name or address', async () => {
  const { parley, provider } = deployment;
  const ada = await newcomer(parley.url);
  const claims = { preferred_username: ada.name, email: ada.email, email_verified: true };
  provider.people.set('same-name', claims);
  const { session } = await signIn(deployment, 'same-name');
  assert.equal(session.username, `${ada.name}-2`);
  assert.equal(session.email, '');
  const again = await signIn(deployment, 'same-name');
  assert.equal(again.session.username, `${ada.name}-2`);
  // A Cyrillic letter in a Latin word: this is no name.
  provider.people.set('look-alike', { preferred_username: ada.name.replace('a', '\u0430') });
  assert.equal((await signIn(deployment, 'look-alike')).session.username, 'user');
  const unverified = { name: 'Lin', email: 'lin@example.org', email_verified: false };
  provider.people.set('unverified', unverified);
  const lin = await signIn(deployment, 'unverified');
  assert.deepEqual([lin.session.username, lin.session.email], ['Lin', '']);
  const { status } = await new BrowserSession(parley.url).send('POST', '/users', {
    username: 'other',
    email: 'lin@example.org',
    password: PASSWORD,
  });
  assert.equal(status, 201);
});

test('an account of the provider has no password', async () => {
  const { parley } = deployment;
  const { browser, session } = await signIn(deployment, 'no-password');
  const fields = { password: PASSWORD, newPassword: 'quite another password' };
  const change = await browser.send('POST', '/session/password', fields);
  assert.deepEqual([change.status, change.body.code], [403, 'forbidden']);
  for (const password of [' ', 'undefined', PASSWORD]) {
    const guess = { login: session.username, password };
    const { status, body } = await new BrowserSession(parley.url).send('POST', '/session', guess);
    assert.deepEqual([status, body.code], [401, 'invalid-credentials']);
  }
});

test('a suspended account cannot sign in, and a removed one begins anew', async () => {
  const { parley, provider, folder } = deployment;
  const root = await newAdministrator(parley.url, folder);
  provider.people.set('eve-id', { preferred_username: 'eve' });
  const eve = await signIn(deployment, 'eve-id');
  await root.browser.send('POST', '/users/eve/suspended');
  const ended = async () => (await eve.browser.send('GET', '/session')).status === 401;
  await until('the session has ended', ended);
  const refused = await signIn(deployment, 'eve-id', { channel: 'lobby' });
  assert.equal(refused.place, '/lobby#sign-in=suspended');
  assert.equal(refused.session.guest, true);
  await root.browser.send('DELETE', '/users/eve/suspended');
  assert.equal((await signIn(deployment, 'eve-id')).session.username, 'eve');

  const before = await runAccount(folder, ['list']);
  await runAccount(folder, ['remove', 'eve']);
  assert.equal((await signIn(deployment, 'eve-id')).session.username, 'eve');
  assert.equal((await runAccount(folder, ['list'])).split('\n').length, before.split('\n').length);
});

test('a sign-in ends the session that the browser had before, and no other', async () => {
  const { parley, provider } = deployment;
  const { browser } = await signIn(deployment, 'frank');
  const { browser: elsewhere } = await signIn(deployment, 'frank');
  const copyOf = (one: BrowserSession) => {
    const copy = new BrowserSession(parley.url);
    copy.setCookie('parley-session', one.cookie('parley-session') ?? '');
    copy.setCookie('parley-token', one.cookie('parley-token') ?? '');
    return copy;
  };
  const statusOf = async (one: BrowserSession) => (await one.send('GET', '/session')).status;
  const cancelled = await provider.cancel(await begin(browser));
  assert.equal(await goBack(browser, cancelled), '/#sign-in=denied');
  assert.equal(await statusOf(browser), 200);
  for (const login of ['frank', 'gina']) {
    const earlier = copyOf(browser);
    assert.equal(await goBack(browser, await provider.signIn(await begin(browser), login)), '/');
    assert.deepEqual([await statusOf(earlier), await statusOf(browser)], [401, 200]);
  }
  assert.equal(await statusOf(elsewhere), 200);
});

test('ten first sign-ins of one person at once make one account', async () => {
  const { provider, folder } = deployment;
  provider.people.set('twin', { preferred_username: 'twin' });
  const all = await Promise.all(Array.from({ length: 10 }, () => signIn(deployment, 'twin')));
  assert.deepEqual([...new Set(all.map(({ session }) => session.username))], ['twin']);
  const list = await runAccount(folder, ['list']);
  assert.equal(list.split('\n').filter((line) => line.startsWith('twin')).length, 1);
});

test('a sign-in ends at another replica than the one where it began', async () => {
  const { parley, provider, folder } = deployment;
  const broker = stack.use(await start('broker', {}));
  const replica = stack.use(
    await start('services/chat', {
      MQTT_URL: broker.ready.mqtt ?? '',
      STORE_URL: `sqlite:${join(folder, 'parley.db')}`,
      TOKEN_KEY_FILE: join(folder, 'token.key'),
      ...openIdSettings(provider.issuer),
    }),
  );
  const browser = new BrowserSession(parley.url);
  const back = await provider.signIn(await begin(browser), 'replica');
  const same = new BrowserSession(replica.url);
  same.setCookie('parley-openid', browser.cookie('parley-openid') ?? '');
  assert.equal(await goBack(same, back), '/');
  assert.equal((await same.send('GET', '/session')).status, 200);
  assert.equal(await goBack(browser, back), '/#sign-in=expired');
});

test('with SIGN_UP=closed a new person needs an invitation, also the first administrator', async () => {
  const { parley, provider } = closed;
  assert.equal((await signIn(closed, 'stranger')).place, '/#sign-in=closed');
  const line = parley.output.find((one) => one.includes('#invitation=')) ?? '';
  const first = /#invitation=([\w-]+)/.exec(line)?.[1];
  provider.people.set('root-id', { preferred_username: 'root' });
  const root = await signIn(closed, 'root-id', { invitation: first });
  assert.deepEqual([root.session.username, root.session.admin], ['root', true]);

  const { body } = await root.browser.send('POST', '/invitations', {});
  const invitation = String(body.link).split('=')[1];
  provider.people.set('lin-id', { preferred_username: 'root' });
  const lin = await signIn(closed, 'lin-id', { invitation });
  assert.equal(lin.session.username, 'root-2');
  assert.equal((await signIn(closed, 'other', { invitation })).place, '/#sign-in=link');
  assert.equal((await signIn(closed, 'lin-id')).session.username, 'root-2');
  const { body: audit } = await root.browser.send('GET', '/audit');
  const acts = (audit.entries as { act: string; whom?: string }[]).map(({ act, whom }) => [
    act,
    whom,
  ]);
  assert.deepEqual(acts.slice(-1), [['accept-invitation', 'root-2']]);
});

test('OIDC_SIGN_UP=open lets the provider decide who has an account', async () => {
  await using opened = await startOpenIdDeployment({ SIGN_UP: 'closed', OIDC_SIGN_UP: 'open' });
  opened.provider.people.set('x', { preferred_username: 'lin' });
  assert.equal((await signIn(opened, 'x')).session.username, 'lin');
  assert.equal(await opened.parley.end('SIGTERM'), 0);
});

test('the doctor checks that a sign-in can begin, and where it would end', async () => {
  await using examined = await startOpenIdDeployment();
  const { parley, provider: people } = examined;
  const find = async (url: string) => {
    const visit = { url: new URL(url), channel: 'x', idleSeconds: 1, insecure: false };
    return provider.run({ ...visit, ca: undefined, token: undefined });
  };
  assert.equal((await find(parley.url)).kind, 'ok');
  // A proxy that does not pass on the host.
  const proxy = createServer(async ({ method = '', url = '' }, response) => {
    const answer = await fetch(parley.url + url, { method });
    response.writeHead(answer.status).end(await answer.text());
  });
  await listen(proxy, { host: '127.0.0.1', port: 0, setting: 'PORT' });
  const hidden = await find(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  proxy.close();
  assert.match(hidden.says, /would send people back to http:\/\/127.0.0.1:\d+\/session\/openid/);
  assert.equal(hidden.kind, 'wrong');
  await people[Symbol.asyncDispose]();
  const isWrong = async () => (await find(parley.url)).kind === 'wrong';
  await until('the doctor finds that the provider is away', isWrong, 30_000);
  assert.match((await find(parley.url)).says, /cannot begin \(503\)/);
});

test('all traffic matched the API documents', async () => {
  assert.equal(await deployment.parley.end('SIGTERM'), 0);
  assert.equal(await closed.parley.end('SIGTERM'), 0);
});
