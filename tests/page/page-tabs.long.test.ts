import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  launchBrowser,
  live,
  sendMessage,
  shows,
  textsOn,
} from '@parley/testkit/clients/browser-page.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { metric } from '@parley/testkit/metric.ts';
import { until } from '@parley/testkit/until.ts';
import type { BrowserContext, Page } from 'playwright-core';

/** More than the six connections that a browser opens to a host over HTTP/1.1. */
const TABS = 9;

const PASSWORD = 'correct horse battery staple';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const shared = startServerAndBrowser({ ALLOWED_HOSTS: 'parley.lan' });
const { options } = shared;

/** A tab, and whether it holds the stream. */
interface Tab {
  page: Page;
  leads: () => boolean;
}

async function openTab(context: BrowserContext, url: string): Promise<Tab> {
  const page = await context.newPage();
  let streams = 0;
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/broadcast') streams += 1;
  });
  await page.goto(url);
  await live(page);
  return { page, leads: () => streams > 0 };
}

async function openTabs(channel: string, origin = shared.parley.url) {
  const context = await shared.browser.newContext();
  await context.addInitScript("localStorage.setItem('parley.name', 'Ada')");
  return { context, tabs: await openTabsOf(context, channel, origin) };
}

async function openTabsOf(context: BrowserContext, channel: string, origin = shared.parley.url) {
  const tabs: Tab[] = [];
  for (let i = 0; i < TABS; i++) tabs.push(await openTab(context, `${origin}/${channel}`));
  return tabs;
}

async function textsOfLog(channel: string): Promise<string[]> {
  return (await wholeLog(shared.parley.url, channel)).map(({ message }) => message);
}

test('nine tabs of a browser are live on one connection, and each can post', options, async () => {
  await post(shared.parley.url, 'tabs', 'before');
  const { context, tabs } = await openTabs('tabs');
  assert.equal(tabs.filter(({ leads }) => leads()).length, 1);
  const sent = ['before'];
  for (const [index, { page }] of tabs.entries()) {
    await sendMessage(page, `from tab ${index}`);
    sent.push(`from tab ${index}`);
    await shows(page, sent);
  }
  for (const { page } of tabs) await shows(page, sent);
  assert.deepEqual(await textsOfLog('tabs'), sent);
  await context.close();
});

test(
  'nine tabs of an account count as one reader, and signing out or in applies to all of them',
  options,
  async () => {
    const context = await shared.browser.newContext();
    const account = { username: 'Grace', email: 'grace@example.org', password: PASSWORD };
    const signedUp = await context.request.post(`${shared.parley.url}/users`, { data: account });
    assert.equal(signedUp.status(), 201);
    // It stores the session, so that no tab renews it and begins again.
    const earlier = await context.newPage();
    await earlier.goto(`${shared.parley.url}/account`);
    await earlier.getByTestId('account-name').waitFor();
    await earlier.close();
    const tabs = await openTabsOf(context, 'account');
    const pages = tabs.map(({ page }) => page);
    assert.equal(tabs.filter(({ leads }) => leads()).length, 1);
    for (const page of pages) await page.getByTestId('account-name').waitFor();
    const sent: string[] = [];
    for (const [index, page] of pages.entries()) {
      await sendMessage(page, `from tab ${index}`);
      sent.push(`from tab ${index}`);
    }
    for (const page of pages) {
      await until('all messages are shown', async () => (await textsOn(page)).length === TABS);
      assert.deepEqual((await textsOn(page)).sort(), sent);
      assert.equal(await page.getByTestId('presence').innerText(), '1 here');
      const names = await page.getByTestId('message-name').allTextContents();
      assert.deepEqual(new Set(names), new Set(['Grace']));
    }
    const [first, last] = [pages[0], pages.at(-1)];
    assert.ok(first && last);
    await last.getByTestId('account-menu').click();
    await last.getByTestId('sign-out').click();
    for (const page of pages) await page.getByTestId('sign-in').waitFor();
    await first.getByTestId('sign-in').click();
    await first.getByTestId('account-login').fill('Grace');
    await first.getByTestId('account-password').fill(PASSWORD);
    await first.getByTestId('account-submit').click();
    for (const page of pages) await page.getByTestId('account-name').waitFor();
    await sendMessage(last, 'and back');
    for (const page of pages) {
      await until('the message is shown', async () => (await textsOn(page)).includes('and back'));
    }
    // Another tab may have the connection now.
    await until(
      'one stream is open',
      async () => (await metric(shared.parley.url, 'parley_streams_open')) === 1,
    );
    await context.close();
  },
);

const DEPARTURES: Record<string, (page: Page) => Promise<unknown>> = {
  closed: (page) => page.close(),
  crashed: (page) => page.goto('chrome://crash').catch(() => {}),
  'sent elsewhere': (page) => page.goto('about:blank'),
};

for (const [how, depart] of Object.entries(DEPARTURES)) {
  test(
    `when the leader tab is ${how}, the others lose nothing and repeat nothing`,
    options,
    async () => {
      const channel = `leader-${how.replace(' ', '-')}`;
      const { context, tabs } = await openTabs(channel);
      let posting = true;
      const posts = (async () => {
        for (let i = 1; posting; i++) await post(shared.parley.url, channel, `m${i}`);
      })();
      for (let departed = 0; departed < 2; departed++) {
        const index = tabs.findIndex(({ leads }) => leads());
        const [leader] = tabs.splice(index, 1);
        assert.ok(leader);
        await depart(leader.page);
        await until('another tab leads', () => tabs.some(({ leads }) => leads()));
      }
      posting = false;
      await posts;
      const log = await textsOfLog(channel);
      for (const { page } of tabs) {
        await until(
          'the last message is shown',
          async () => (await textsOn(page)).at(-1) === log.at(-1),
        );
        const texts = await textsOn(page);
        assert.deepEqual(texts, log.slice(-texts.length));
      }
      await context.close();
    },
  );
}

test('in an insecure context the tabs share a stream, too', options, async () => {
  const { port } = new URL(shared.parley.url);
  const insecure = await launchBrowser([`--host-resolver-rules=MAP parley.lan 127.0.0.1`]);
  stack.defer(() => insecure.close());
  const context = await insecure.newContext();
  await context.addInitScript("localStorage.setItem('parley.name', 'Ada')");
  const tabs: Tab[] = [];
  for (let i = 0; i < TABS; i++) {
    tabs.push(await openTab(context, `http://parley.lan:${port}/lan`));
  }
  const [first, ...others] = tabs;
  assert.ok(first);
  assert.equal(await first.page.evaluate('isSecureContext'), false);
  await sendMessage(first.page, 'over the LAN');
  for (const { page } of tabs) await shows(page, ['over the LAN']);
  // Where the leader is slow to answer, another tab opens a stream for a moment.
  const streams = () => metric(shared.parley.url, 'parley_streams_open');
  await until('one stream is open', async () => (await streams()) === 1);
  await first.page.close();
  await post(shared.parley.url, 'lan', 'without the first');
  for (const { page } of others) await shows(page, ['over the LAN', 'without the first']);
});
