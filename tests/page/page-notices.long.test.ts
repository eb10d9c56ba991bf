import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { live } from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { until } from '@parley/testkit/until.ts';
import type { BrowserContext, Page } from 'playwright-core';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const shared = startServerAndBrowser();
const { options } = shared;

const PASSWORD = 'correct horse battery staple';

/** Records the notifications and sounds of a tab, and lets the test hide it. */
const RECORDER = `
  window.shown = [];
  window.sounds = 0;
  const Native = window.Notification;
  window.Notification = class extends Native {
    constructor(title, options) {
      super(title, options);
      window.shown.push({ title, body: options.body });
      window.latest = this;
    }
    static requestPermission() {
      window.asked = (window.asked ?? 0) + 1;
      return super.requestPermission();
    }
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) {
    window.sounds += 1;
    return start.call(this, at);
  };
  window.hide = (hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  };
  localStorage.setItem('parley.name', 'Ada');
`;

interface Shown {
  title: string;
  body: string;
}

async function newContext(permissions: string[]): Promise<BrowserContext> {
  const context = await shared.browser.newContext({ permissions });
  stack.defer(() => context.close());
  await context.addInitScript(RECORDER);
  return context;
}

async function openTab(context: BrowserContext, channel: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${shared.parley.url}/${channel}`);
  await live(page);
  await page.getByTestId('message').first().waitFor();
  return page;
}

async function signUp(name: string): Promise<void> {
  const answer = await fetch(`${shared.parley.url}/users`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: name, email: `${name}@example.org`, password: PASSWORD }),
  });
  assert.equal(answer.status, 201);
}

async function choose(page: Page, notifications: 'all' | 'meant' | 'none'): Promise<void> {
  await page.getByTestId('settings').click();
  await page.getByTestId(`notifications-${notifications}`).click();
  await page.getByTestId('settings').click();
}

const hide = (page: Page, hidden = true) => page.evaluate(`window.hide(${hidden})`);
const shownOn = (page: Page) => page.evaluate<Shown[]>('window.shown');

/** The texts of all notifications, as soon as `last` is one of them. */
async function shownBy(tabs: Page[], last: string): Promise<string[]> {
  let bodies: string[] = [];
  await until(`${last} is announced`, async () => {
    bodies = (await Promise.all(tabs.map(shownOn))).flat().map(({ body }) => body);
    return bodies.includes(last);
  });
  return bodies;
}

test(
  'a message is announced once over all hidden tabs, and a click opens it',
  options,
  async () => {
    await post(shared.parley.url, 'bells', 'before', 'Bob');
    await post(shared.parley.url, 'other', 'before', 'Bob');
    const context = await newContext(['notifications']);
    const tabs = [await openTab(context, 'bells'), await openTab(context, 'other')];
    const [one, two] = tabs as [Page, Page];
    assert.equal(await one.evaluate('window.asked'), undefined);
    await choose(one, 'all');
    await until('the page has asked', async () => (await one.evaluate('window.asked')) === 1);
    await hide(one);
    await post(shared.parley.url, 'bells', 'the other tab is seen', 'Bob');
    await one.getByText('the other tab is seen').waitFor();
    await one.evaluate('navigator.locks.query().then(() => undefined)');
    await hide(two);
    await post(shared.parley.url, 'never-read', 'not for this reader', 'Bob');
    for (let i = 1; i <= 3; i++) await post(shared.parley.url, 'bells', `m${i}`, 'Bob');
    for (const body of ['m1', 'm2']) await shownBy(tabs, body);
    const bodies = await shownBy(tabs, 'm3');
    assert.deepEqual(bodies.sort(), ['m1', 'm2', 'm3']);
    const titles = (await Promise.all(tabs.map(shownOn))).flat().map(({ title }) => title);
    assert.deepEqual(new Set(titles), new Set(['Bob in #bells']));
    const sounds = await Promise.all(tabs.map((tab) => tab.evaluate<number>('window.sounds')));
    assert.equal(
      sounds.reduce((sum, count) => sum + count),
      6,
    );
    const shower = (await shownOn(two)).length > 0 ? two : one;
    await shower.evaluate('window.latest.onclick()');
    await shower.waitForURL(/\/bells#\d+$/);
  },
);

test('without the sound a notification is silent, and a burst is cut', options, async () => {
  await post(shared.parley.url, 'quiet', 'before', 'Bob');
  const context = await newContext(['notifications']);
  const page = await openTab(context, 'quiet');
  await choose(page, 'all');
  await page.getByTestId('settings').click();
  await page.getByTestId('sound').click();
  await hide(page);
  for (let i = 1; i <= 8; i++) await post(shared.parley.url, 'quiet', `m${i}`, 'Bob');
  await page.locator('.unread').or(page.getByText('m8')).first().waitFor();
  assert.deepEqual(
    await shownBy([page], 'm5'),
    [1, 2, 3, 4, 5].map((i) => `m${i}`),
  );
  assert.equal(await page.evaluate('window.sounds'), 0);
});

test('on request only mentions and direct messages are announced', options, async () => {
  await signUp('Grace');
  await post(shared.parley.url, 'busy', 'before', 'Eve');
  const context = await newContext(['notifications']);
  const data = { login: 'Grace', password: PASSWORD };
  const session = await context.request.post(`${shared.parley.url}/session`, { data });
  assert.equal(session.status(), 200);
  const page = await openTab(context, 'busy');
  await page.getByTestId('account-name').waitFor();
  // The session is stored now, so that no second client follows.
  await page.reload();
  await live(page);
  await page.getByTestId('message').first().waitFor();
  await choose(page, 'meant');
  await hide(page);
  await post(shared.parley.url, 'busy', 'one of many', 'Eve');
  await post(shared.parley.url, 'never-read', 'and you, @Grace', 'Eve');
  await post(shared.parley.url, 'busy', '@Grace too', 'Eve');
  assert.deepEqual(await shownBy([page], '@Grace too'), ['and you, @Grace', '@Grace too']);
  await hide(page, false);
  await choose(page, 'none');
  await hide(page);
  await post(shared.parley.url, 'busy', 'once more, @Grace', 'Eve');
  await page.getByText('once more, @Grace').waitFor();
  assert.equal((await shownOn(page)).length, 2);
});

test(
  'where the browser refuses, there are no notifications, and the page explains it',
  options,
  async () => {
    await post(shared.parley.url, 'refused', 'before', 'Bob');
    const context = await newContext([]);
    const page = await openTab(context, 'refused');
    await page.getByTestId('settings').click();
    await page.getByTestId('notifications-all').click();
    await page.getByText('Your browser refuses notifications of this page.').waitFor();
    assert.equal(await page.getByTestId('notifications-none').isChecked(), true);
    assert.equal(await page.getByTestId('sound').isDisabled(), true);
    await hide(page);
    await post(shared.parley.url, 'refused', 'after', 'Bob');
    await page.getByText('after').waitFor();
    assert.deepEqual(await shownOn(page), []);
  },
);
