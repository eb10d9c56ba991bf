import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { TOKEN_COOKIE } from '@parley/kit/tokens/token-cookie.ts';
import { faultsOf, live, sendMessage, shows } from '@parley/testkit/clients/browser-page.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { until } from '@parley/testkit/until.ts';
import type { BrowserContext, Page } from 'playwright-core';

/** A page of an account outlives its token: the network is away, or the page is opened later. */
const shared = startServerAndBrowser({ TOKEN_SECONDS: '8' });
const { options } = shared;
const account = { username: 'ana', email: 'ana@example.org', password: 'correct horse battery' };
const signIn = { login: 'ana', password: 'correct horse battery' };
const stack = new AsyncDisposableStack();

after(() => stack.disposeAsync());

let signedUp: Promise<unknown> | undefined;

/** The account in another browser, with a new token. */
async function elsewhere(): Promise<BrowserSession> {
  const session = new BrowserSession(shared.parley.url);
  signedUp ??= session.send('POST', '/users', account);
  await signedUp;
  assert.equal((await session.send('POST', '/session', signIn)).status, 200);
  return session;
}

async function say(channel: string, message: string): Promise<void> {
  const session = await elsewhere();
  assert.equal((await session.send('POST', `/chat/${channel}`, { message })).status, 201);
}

/** Makes a private channel with a message, and a browser in which the account is signed in. */
async function makePrivate(channel: string): Promise<BrowserContext> {
  const session = await elsewhere();
  const { status } = await session.send('PUT', `/chat/${channel}/access`, { private: true });
  assert.equal(status, 200);
  await say(channel, 'first');
  return openBrowser();
}

async function openBrowser(): Promise<BrowserContext> {
  const context = await shared.browser.newContext();
  stack.defer(() => context.close());
  const url = `${shared.parley.url}/session`;
  assert.equal((await context.request.post(url, { data: signIn })).status(), 200);
  return context;
}

async function openPage(context: BrowserContext, channel: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${shared.parley.url}/${channel}`);
  await live(page);
  await page.getByTestId('account-name').waitFor();
  return page;
}

test(
  'a private channel outlives an absence that is longer than the token, and what was written is sent',
  options,
  async () => {
    const context = await makePrivate('core');
    const page = await openPage(context, 'core');
    const faults = await faultsOf(page);
    await shows(page, ['first']);
    await context.setOffline(true);
    await until('the token has ended', async () =>
      (await context.cookies()).every(({ name }) => name !== TOKEN_COOKIE),
    );
    await say('core', 'second');
    await sendMessage(page, 'third');
    await context.setOffline(false);
    await shows(page, ['first', 'second', 'third']);
    await page.getByTestId('message').last().and(page.locator(':not([data-pending])')).waitFor();
    await say('core', 'fourth');
    await shows(page, ['first', 'second', 'third', 'fourth']);
    assert.equal(new URL(page.url()).pathname, '/core');
    assert.deepEqual(faults, []);
  },
);

test(
  'own reactions are known when the token is renewed after the messages came',
  options,
  async () => {
    await say('liked', 'first');
    const session = await elsewhere();
    const path = `/chat/liked/events/1/reactions/${encodeURIComponent('👍')}`;
    assert.ok((await session.send('PUT', path)).status < 300);
    const context = await openBrowser();
    await context.clearCookies({ name: TOKEN_COOKIE });
    await context.route('**/session/renew', async (route) => {
      for (const page of context.pages()) await page.getByTestId('reaction').first().waitFor();
      await route.continue();
    });
    const page = await openPage(context, 'liked');
    await page.locator('[data-testid=reaction][aria-pressed=true]').waitFor();
    await context.close();
  },
);

for (const [how, byMs] of [
  ['ahead', 600_000],
  ['behind', -600_000],
] as const) {
  test(`a page whose clock is ten minutes ${how} renews its token in time`, options, async () => {
    const channel = `clock-${how}`;
    const context = await makePrivate(channel);
    await context.addInitScript(
      `{ const { now } = Date; Date.now = () => now.call(Date) + ${byMs}; }`,
    );
    let renewals = 0;
    context.on('response', (response) => {
      if (response.url().endsWith('/session/renew') && response.status() === 200) renewals++;
    });
    const page = await openPage(context, channel);
    await shows(page, ['first']);
    const streams: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/broadcast?')) streams.push(request.url());
    });
    const before = renewals;
    const began = Date.now();
    await until('its token was renewed twice', () => renewals >= before + 2);
    assert.ok(Date.now() - began > 4_000, 'it is renewed again and again');
    await say(channel, 'second');
    await shows(page, ['first', 'second']);
    assert.deepEqual(streams, []);
    await context.close();
  });
}

test('a session that ends in a private channel is asked for in place', options, async () => {
  const context = await makePrivate('ending');
  const page = await openPage(context, 'ending');
  await shows(page, ['first']);
  await page.getByTestId('message-input').fill('half a sentence');
  const newPassword = 'another horse battery';
  const session = await elsewhere();
  const change = { password: account.password, newPassword };
  assert.equal((await session.send('POST', '/session/password', change)).status, 200);
  await page.getByTestId('sign-in-page').waitFor();
  await page.getByTestId('account-login').fill('ana');
  await page.getByTestId('account-password').fill(newPassword);
  await page.getByTestId('account-submit').click();
  await shows(page, ['first']);
  assert.equal(await page.getByTestId('message-input').inputValue(), 'half a sentence');
});
