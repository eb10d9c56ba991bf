import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { live } from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { until } from '@parley/testkit/until.ts';
import type { Page } from 'playwright-core';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const shared = startServerAndBrowser();
const { options } = shared;

async function openPage(channel: string): Promise<Page> {
  const context = await shared.browser.newContext();
  stack.defer(() => context.close());
  const page = await context.newPage();
  await page.goto(`${shared.parley.url}/${channel}`);
  await live(page);
  return page;
}

const listed = (page: Page) => page.locator('.sidebar .channel-list bdi').allInnerTexts();

test('the list shows only the channels that the typed text finds', options, async () => {
  for (const channel of ['red-team', 'blue-team', 'équipe'])
    await post(shared.parley.url, channel, 'hi', 'Bob');
  const page = await openPage('red-team');
  await until('all are listed', async () => (await listed(page)).length === 3);
  const field = page.locator('.sidebar').getByTestId('channel-input');
  await field.fill('team');
  assert.deepEqual(await listed(page), ['blue-team', 'red-team']);
  await field.fill('#EQUIPE');
  assert.deepEqual(await listed(page), ['équipe']);
  assert.equal(await page.locator('.sidebar [role=status]').innerText(), '1 channel found');
  await field.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${shared.parley.url}/${encodeURIComponent('équipe')}`);
  assert.equal((await listed(page)).length, 3);
});

test('Ctrl-K jumps to a channel, also to a new one, with the keyboard alone', options, async () => {
  for (const channel of ['alpha', 'beta', 'beta-two'])
    await post(shared.parley.url, channel, 'hi', 'Bob');
  const page = await openPage('alpha');
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Channel' });
  await field.waitFor();
  await page.keyboard.type('bet');
  const options = page.getByRole('option');
  await until('two are found, and a new one is offered', async () => (await options.count()) === 3);
  const active = () =>
    page.evaluate(
      "document.getElementById(document.activeElement.getAttribute('aria-activedescendant')).textContent.trim()",
    );
  assert.equal(await active(), '#beta-two');
  await page.keyboard.press('ArrowDown');
  assert.equal(await active(), '#beta');
  assert.equal(await page.getByRole('option', { selected: true }).innerText(), '#beta');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${shared.parley.url}/beta`);
  assert.equal(await page.getByTestId('quick-switcher').count(), 0);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('#brand-new');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${shared.parley.url}/brand-new`);
});

test('Escape closes the switcher, and the focus is where it was', options, async () => {
  const page = await openPage('alpha');
  await page.getByTestId('message-input').focus();
  await page.keyboard.press('Meta+k');
  await page.keyboard.type('no such / channel');
  await page.getByText('No channel has such a name.').waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await until('it is closed', async () => (await page.getByTestId('quick-switcher').count()) === 0);
  assert.equal(await page.evaluate('document.activeElement.dataset.testid'), 'message-input');
  assert.equal(await page.getByTestId('message-input').inputValue(), '');
  await page.setViewportSize({ width: 640, height: 320 });
  await page.keyboard.press('Control+k');
  await page.getByTestId('quick-switcher').waitFor();
  for (let i = 0; i < 30; i++) await post(shared.parley.url, `many-${i}`, 'hi', 'Bob');
  await until('all are offered', async () => (await page.getByRole('option').count()) === 10);
  await page.keyboard.press('ArrowUp');
  const isSeen = await page.evaluate<boolean>(`(() => {
    const box = document.querySelector('[role=option]:last-child').getBoundingClientRect();
    return box.bottom <= document.querySelector('dialog').getBoundingClientRect().bottom;
  })()`);
  assert.ok(isSeen, 'the chosen one is in view');
  await page.keyboard.press('Control+k');
  await until('it is closed', async () => (await page.getByTestId('quick-switcher').count()) === 0);
  assert.equal(await page.evaluate('document.activeElement.dataset.testid'), 'message-input');
});

test("no list names the channel of the server's own checks", options, async () => {
  const page = await openPage('parley-canary');
  await post(shared.parley.url, 'parley-canary', 'tick', 'Bob');
  await page.getByTestId('message').waitFor();
  await post(shared.parley.url, 'after-it', 'hi', 'Bob');
  await until('a later one is listed', async () => (await listed(page)).includes('after-it'));
  assert.equal((await listed(page)).includes('parley-canary'), false);
});
