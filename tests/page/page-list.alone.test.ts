import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { live, textsOn } from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { startBare } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import type { Page } from 'playwright-core';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const shared = startServerAndBrowser({ POSTS_PER_ADDRESS: '0' }, startBare);
const { options } = shared;

/** Less than a line of text. */
const LINE_PX = 15;

async function openPage(channel: string): Promise<Page> {
  const context = await shared.browser.newContext();
  stack.defer(() => context.close());
  const page = await context.newPage();
  await page.goto(`${shared.parley.url}/${channel}`);
  await live(page);
  return page;
}

/** Posts messages `from` to `to`, many at a time. */
async function postMany(channel: string, from: number, to: number): Promise<void> {
  let next = from;
  const post50 = async () => {
    while (next <= to) await post(shared.parley.url, channel, `m${next++}`);
  };
  await Promise.all(Array.from({ length: 20 }, post50));
}

/** The first message that the reader sees, and its distance from the list's top. */
function placeOf(page: Page): Promise<[text: string, top: number]> {
  return page.evaluate(`(() => {
    const list = document.querySelector('.scroller');
    const { top } = list.getBoundingClientRect();
    for (const row of list.querySelectorAll('[data-testid=message]')) {
      const box = row.getBoundingClientRect();
      if (box.bottom > top + 1) return [row.textContent, Math.round(box.top - top)];
    }
  })()`);
}

async function scrollBy(page: Page, px: number): Promise<void> {
  await page.locator('.scroller').hover();
  const before = await page.evaluate("document.querySelector('.scroller').scrollTop");
  await page.mouse.wheel(0, px);
  await until(
    'the list has scrolled',
    async () => (await page.evaluate("document.querySelector('.scroller').scrollTop")) !== before,
  );
}

const nodesOf = (page: Page) => page.evaluate<number>("document.querySelectorAll('*').length");

test(
  'a reader of older messages stays in place while 5,000 arrive, and the page stays small and fast',
  options,
  async () => {
    await postMany('flood', 1, 60);
    const page = await openPage('flood');
    await until('the newest message is shown', async () => (await textsOn(page)).at(-1) === 'm60');
    await scrollBy(page, -400);
    await page.getByRole('button', { name: 'To the newest' }).waitFor();
    const place = await placeOf(page);
    await postMany('flood', 61, 5060);
    await page.getByRole('button', { name: '999+ new messages' }).waitFor();
    assert.deepEqual(await placeOf(page), place);
    const nodes = await nodesOf(page);
    assert.ok(nodes < 3000, `${nodes} nodes`);

    const input = page.getByTestId('message-input');
    const startedAt = performance.now();
    await input.pressSequentially('thirty-three keys, one after them');
    const ms = performance.now() - startedAt;
    assert.ok(ms < 3000, `${ms} ms`);
    assert.deepEqual(await placeOf(page), place);

    await page.getByRole('button', { name: '999+ new messages' }).click();
    await until('the end is shown', async () => (await textsOn(page)).at(-1) === 'm5060');
    await post(shared.parley.url, 'flood', 'and one more');
    await until(
      'the next message is shown',
      async () => (await textsOn(page)).at(-1) === 'and one more',
    );
    assert.ok((await nodesOf(page)) < 3000);
  },
);

test(
  'earlier messages are added above the reader, whose place does not move',
  options,
  async () => {
    await postMany('earlier', 1, 800);
    const page = await openPage('earlier');
    await until('the newest message is shown', async () => (await textsOn(page)).at(-1) === 'm800');
    const setsize = () =>
      page.locator('.rows > li').first().getAttribute('aria-setsize').then(Number);
    // The answers wait until the list has come to rest.
    let answer: (() => void) | undefined;
    await page.route('**/chat/earlier/events?**before=**', async (route) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      answer = resolve;
      await promise;
      await route.continue();
    });
    const scrollTop = () => page.evaluate("document.querySelector('.scroller').scrollTop");
    for (const held of ['m751', 'm551', 'm351']) {
      const rows = await setsize();
      await scrollBy(page, -10_000);
      await until(
        'the list is at the top',
        async () => (await scrollTop()) === 0 && answer !== undefined,
      );
      const row = page.getByTestId('message').filter({ hasText: new RegExp(`${held}(?!\\d)`) });
      const topOf = async () => Math.round((await row.boundingBox())?.y ?? 0);
      const top = await topOf();
      answer?.();
      answer = undefined;
      await until('earlier messages are there', async () => (await setsize()) > rows);
      await until(`${held} is where it was`, async () => Math.abs((await topOf()) - top) < LINE_PX);
    }
  },
);

test(
  'a message with the focus stays in the page, however far the reader scrolls',
  options,
  async () => {
    await postMany('focus', 1, 50);
    const page = await openPage('focus');
    await until('the newest message is shown', async () => (await textsOn(page)).at(-1) === 'm50');
    await scrollBy(page, -200);
    const row = page.getByTestId('message').filter({ hasText: /m40(?!\d)/ });
    await row.focus();
    await postMany('focus', 51, 600);
    await page.getByRole('button', { name: '550 new messages' }).waitFor();
    await scrollBy(page, 100_000);
    await until('the end is shown', async () => (await textsOn(page)).includes('m600'));
    assert.match(await page.evaluate('document.activeElement.textContent'), /m40(?!\d)/);
  },
);

const STACKED = `${'a'.repeat(20).replaceAll('a', `a${'\u0300\u0350\u030d'.repeat(60)}`)}`;
const HANGING = `a${'\u0323\u0331\u0316'.repeat(1200)}`;

test('letters with any number of marks are never drawn over another message', options, async () => {
  const drawn: Buffer[] = [];
  for (const [channel, evil] of [
    ['tame', 'a'],
    ['zalgo', STACKED],
  ] as const) {
    await post(shared.parley.url, channel, 'a line before', 'Ada');
    await post(shared.parley.url, channel, evil, `E${evil.slice(0, 60)}`);
    await post(shared.parley.url, channel, evil === 'a' ? 'a' : HANGING, 'Ada');
    await post(shared.parley.url, channel, 'a line after', 'Ada');
    const page = await openPage(channel);
    await until('all messages are shown', async () => (await textsOn(page)).length === 4);
    const beyond = '(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)';
    const list = "document.querySelector('.scroller')";
    assert.equal(await page.evaluate(`${beyond}(${list})`), 0, 'nothing is wider than the list');
    for (const text of ['a line before', 'a line after']) {
      drawn.push(await page.getByTestId('message-text').getByText(text).screenshot());
    }
  }
  const [before, after, beforeZalgo, afterZalgo] = drawn;
  assert.ok(before && after && beforeZalgo && afterZalgo);
  assert.ok(before.equals(beforeZalgo), 'the message above is untouched');
  assert.ok(after.equals(afterZalgo), 'the message below is untouched');
});
