import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  countStreams,
  live,
  sendMessage,
  streamsBegun,
} from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { metric } from '@parley/testkit/metric.ts';
import { until } from '@parley/testkit/until.ts';
import type { BrowserContext, Page } from 'playwright-core';

const shared = startServerAndBrowser();
const { options } = shared;

async function openTab(context: BrowserContext, channel: string): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript("localStorage.setItem('parley.name', 'Ada')");
  await page.goto(`${shared.parley.url}/${channel}`);
  await live(page);
  return page;
}

/**
 * The channels in the sidebar, first to last, each with its unread messages. They are read in one step,
 * because a locator waits for a count that goes away after it was found.
 */
const listed = (page: Page) =>
  page.evaluate<string[]>(`
    [...document.querySelectorAll('.sidebar .channel-list a')].map((line) => {
      const name = line.querySelector('bdi').textContent;
      const unread = line.querySelector('[data-testid=unread]');
      return unread ? name + ' ' + parseInt(unread.textContent, 10) : name;
    })`);

const lists = (page: Page, wanted: string[]) =>
  until(`the list begins with ${wanted}`, async () => {
    const now = await listed(page);
    return String(now.slice(0, wanted.length)) === String(wanted);
  });

test(
  'new channels and unread messages appear live, the latest first, in all tabs',
  options,
  async () => {
    await post(shared.parley.url, 'first', 'hi', 'Bob');
    await post(shared.parley.url, 'second', 'hi', 'Bob');
    const context = await shared.browser.newContext();
    const page = await openTab(context, 'first');
    await lists(page, ['second', 'first']);
    await post(shared.parley.url, 'brand-new', 'hi', 'Bob');
    await lists(page, ['brand-new 1', 'second', 'first']);
    await post(shared.parley.url, 'second', 'again', 'Bob');
    await post(shared.parley.url, 'second', 'and again', 'Bob');
    await lists(page, ['second 2', 'brand-new 1', 'first']);
    const other = await openTab(context, 'brand-new');
    // In front is the other tab, which reads its channel.
    await lists(other, ['second 2', 'brand-new', 'first']);
    await lists(page, ['second 2', 'brand-new', 'first']);
    await other.reload();
    await lists(other, ['second 2', 'brand-new', 'first']);
    await other.locator('.sidebar .channel-list a', { hasText: 'second' }).click();
    for (const tab of [page, other]) await lists(tab, ['second', 'brand-new', 'first']);
    await sendMessage(other, 'mine');
    await lists(page, ['second', 'brand-new', 'first']);
    assert.equal(await metric(shared.parley.url, 'parley_streams_open'), 1);
    await context.close();
  },
);

test('in several tabs each unread message counts once', options, async () => {
  for (const channel of ['tab-1', 'tab-2', 'tab-3', 'burst'])
    await post(shared.parley.url, channel, 'hi', 'Bob');
  const context = await shared.browser.newContext();
  const tabs: Page[] = [];
  for (const channel of ['tab-1', 'tab-2', 'tab-3']) tabs.push(await openTab(context, channel));
  for (let sent = 30; sent <= 120; sent += 30) {
    const posts = Array.from({ length: 30 }, () => post(shared.parley.url, 'burst', 'x', 'Bob'));
    await Promise.all(posts);
    for (const tab of tabs) await lists(tab, [`burst ${sent}`]);
  }
  await tabs[0]?.locator('.sidebar .channel-list a', { hasText: 'burst' }).click();
  for (const tab of tabs) await lists(tab, ['burst', 'tab-3']);
  await context.close();
});

test('a channel that is made while the list is read stays in the list', options, async () => {
  const context = await shared.browser.newContext();
  const page = await openTab(context, 'first');
  const answered = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await page.route('**/chat?order=recent&limit=*', async (route) => {
    const response = await route.fetch();
    asked.resolve();
    await answered.promise;
    await route.fulfill({ response });
  });
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await asked.promise;
  await post(shared.parley.url, 'made-meanwhile', 'hi', 'Bob');
  await lists(page, ['made-meanwhile 1']);
  const listed = page.waitForResponse('**/chat?order=recent&limit=*');
  answered.resolve();
  await listed;
  await post(shared.parley.url, 'made-after', 'hi', 'Bob');
  await lists(page, ['made-after 1', 'made-meanwhile 1']);
  await context.close();
});

test('the list has a channel that was made before the stream began', options, async () => {
  const context = await shared.browser.newContext();
  const page = await context.newPage();
  const begin = Promise.withResolvers<void>();
  await page.route('**/broadcast?*', async (route) => {
    await begin.promise;
    await route.continue();
  });
  await post(shared.parley.url, 'before', 'hi', 'Bob');
  await page.goto(shared.parley.url);
  const channels = page.locator('.home-channels .channel-list a');
  await channels.first().waitFor();
  await post(shared.parley.url, 'between', 'hi', 'Bob');
  begin.resolve();
  await until('it is listed', async () =>
    ((await channels.first().innerText()) ?? '').includes('between'),
  );
  await context.close();
});

test('the start page shows the list live, too', options, async () => {
  const context = await shared.browser.newContext();
  const page = await context.newPage();
  await countStreams(page);
  await post(shared.parley.url, 'before', 'hi', 'Bob');
  await page.goto(shared.parley.url);
  await page.locator('.home-channels .channel-list a').first().waitFor();
  await until('its stream has begun', async () => (await streamsBegun(page)) > 0);
  await post(shared.parley.url, 'at-home', 'hi', 'Bob');
  const first = page.locator('.home-channels .channel-list a').first();
  await until('it is first', async () => (await first.innerText()).includes('at-home'));
  assert.match(await first.innerText(), /1\s+unread/);
  await context.close();
});

test(
  'the start page says that the server gives no answer, and shows the list later',
  options,
  async () => {
    await post(shared.parley.url, 'shown-later', 'hi', 'Bob');
    const context = await shared.browser.newContext();
    const page = await context.newPage();
    const asked: number[] = [];
    await page.route('**/chat?order=recent&limit=*', (route) => {
      asked.push(performance.now());
      return route.fulfill({ status: 503 });
    });
    await page.route('**/broadcast?**', (route) => route.abort());
    await page.goto(shared.parley.url);
    await page.getByText('The server gives no answer. Trying again…').waitFor();
    const known = asked.length;
    await page.evaluate(
      "for (let i = 0; i < 20; i++) document.dispatchEvent(new Event('visibilitychange'))",
    );
    await until('the list is asked for twice more', () => asked.length >= known + 22);
    const [first = 0, second = 0] = asked.slice(known + 20);
    assert.ok(second - first > 500, `${second - first} ms between two tries`);
    await page.unrouteAll();
    await page.locator('.home-channels').getByText('shown-later').waitFor();
    assert.equal(await page.getByText('The server gives no answer').count(), 0);
    await context.close();
  },
);

test('a page is present in the channel that it shows, and in no other', options, async () => {
  await post(shared.parley.url, 'shown', 'hi', 'Bob');
  await post(shared.parley.url, 'listed', 'hi', 'Bob');
  const context = await shared.browser.newContext();
  const page = await openTab(context, 'shown');
  await lists(page, ['listed', 'shown']);
  const readers = async (channel: string) => {
    const answer = await fetch(`${shared.parley.url}/broadcast/${channel}/presence`);
    return ((await answer.json()) as { guests: number }).guests;
  };
  assert.deepEqual([await readers('shown'), await readers('listed')], [1, 0]);
  await context.close();
});
