import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { live } from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { until } from '@parley/testkit/until.ts';
import type { Page } from 'playwright-core';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const shared = startServerAndBrowser({ POSTS_PER_ADDRESS: '0' });
const { options } = shared;

async function openSearch(channel: string): Promise<Page> {
  const context = await shared.browser.newContext();
  stack.defer(() => context.close());
  const page = await context.newPage();
  await page.goto(`${shared.parley.url}/${channel}`);
  await live(page);
  await page.getByTestId('search').click();
  return page;
}

async function search(page: Page, words: string): Promise<void> {
  await page.getByTestId('search-input').fill(words);
  await page.getByTestId('search-input').press('Enter');
}

const results = (page: Page) => page.getByTestId('search-result');

test('a search marks what it finds, and leads to a message far in the past', options, async () => {
  await post(shared.parley.url, 'archive', 'the disk is <b>full</b>', 'Bob');
  for (let i = 2; i <= 150; i++) await post(shared.parley.url, 'archive', `m${i}`, 'Eve');
  const page = await openSearch('archive');
  await search(page, 'FULL disk');
  await results(page).waitFor();
  assert.match(await results(page).innerText(), /Bob in #archive Today, \d\d:\d\d/);
  assert.deepEqual(await results(page).locator('mark').allInnerTexts(), ['disk', 'full']);
  assert.match(await results(page).innerText(), /the disk is <b>full<\/b>/);
  await page.keyboard.press('Tab');
  await results(page).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(`${shared.parley.url}/archive#1`);
  await until('the message has the focus', async () =>
    (await page.evaluate<string>('document.activeElement.textContent')).includes('the disk is'),
  );
  assert.equal(await page.getByTestId('search-dialog').count(), 0);
});

test('all channels are searched on request, page by page', options, async () => {
  for (let i = 1; i <= 25; i++) await post(shared.parley.url, 'one', `apple ${i}`, 'Bob');
  await post(shared.parley.url, 'two', 'an apple elsewhere', 'Bob');
  const page = await openSearch('two');
  await search(page, 'apple');
  await page.getByText('1 found, the newest first.').waitFor();
  await page.getByTestId('search-everywhere').check();
  await page.getByTestId('search-input').press('Enter');
  await page.getByText('20 or more found').waitFor();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByText('26 found').waitFor();
  assert.equal(await results(page).count(), 26);
  assert.match(await results(page).first().innerText(), /in #two/);
});

test(
  'a search that the server refuses, or that finds nothing, gives the reason',
  options,
  async () => {
    const page = await openSearch('two');
    await search(page, 'before:2026-01-01');
    await page.locator('.search-dialog [role=alert]').waitFor();
    await search(page, 'no-such-word');
    await page.getByText('Nothing found.').waitFor();
    assert.equal(await page.locator('.search-dialog [role=alert]').count(), 0);
    // The first one empties the field.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await until(
      'it is closed',
      async () => (await page.getByTestId('search-dialog').count()) === 0,
    );
    assert.equal(await page.evaluate('document.activeElement.dataset.testid'), 'search');
  },
);
