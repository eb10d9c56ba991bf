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
  await context.addInitScript("localStorage.setItem('parley.name', 'Ada')");
  const page = await context.newPage();
  await page.goto(`${shared.parley.url}/${channel}`);
  await live(page);
  await page.getByTestId('message').first().waitFor();
  return page;
}

test('an @ offers those who spoke, and the keyboard completes the name', options, async () => {
  for (const name of ['Bob', 'Jo Ann', 'Joe', 'Ada'])
    await post(shared.parley.url, 'names', `hi from ${name}`, name);
  const page = await openPage('names');
  const field = page.getByTestId('message-input');
  const offered = () => page.locator('.mention-list bdi').allInnerTexts();
  const offers = (names: string[]) =>
    until(`${names} are offered`, async () => String(await offered()) === String(names));
  await field.pressSequentially('hello @');
  await offers(['Joe', 'Jo Ann', 'Bob']);
  await field.pressSequentially('jo');
  await offers(['Joe', 'Jo Ann']);
  await page.keyboard.press('ArrowDown');
  const active = await page.evaluate<string>(
    "document.getElementById(document.activeElement.getAttribute('aria-activedescendant')).textContent",
  );
  assert.match(active, /Jo Ann$/);
  // In Safari the last key of an input method comes after its composition.
  await field.dispatchEvent('keydown', { key: 'Enter', keyCode: 229 });
  assert.equal(await field.inputValue(), 'hello @jo');
  await page.keyboard.press('Enter');
  assert.equal(await field.inputValue(), 'hello @Jo Ann ');
  assert.deepEqual(await offered(), []);
  await field.pressSequentially('and @b');
  await offers(['Bob']);
  await page.keyboard.press('Escape');
  await offers([]);
  await page.keyboard.press('Enter');
  await page.getByTestId('message-text').getByText('hello @Jo Ann and @b').waitFor();
});

test('a click completes a name in the middle of a text', options, async () => {
  await post(shared.parley.url, 'middle', 'hi', 'Bob');
  const page = await openPage('middle');
  const field = page.getByTestId('message-input');
  await field.fill('ask  about it, a@b.c');
  await field.press('Home');
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
  await field.pressSequentially('@B');
  await page.locator('.mention-list [role=option]').click();
  assert.equal(await field.inputValue(), 'ask @Bob about it, a@b.c');
  await page.keyboard.type('now ');
  assert.equal(await field.inputValue(), 'ask @Bob now about it, a@b.c');
  await field.press('End');
  assert.equal(await page.locator('.mention-list').count(), 0);
});

test(
  'a message that mentions the account is marked, for the eye and for a screen reader',
  options,
  async () => {
    const context = await shared.browser.newContext();
    stack.defer(() => context.close());
    const data = { username: 'Grace', email: 'g@example.org', password: 'correct horse battery' };
    assert.equal(
      (await context.request.post(`${shared.parley.url}/users`, { data })).status(),
      201,
    );
    await post(shared.parley.url, 'called', 'for @bob', 'Eve');
    await post(shared.parley.url, 'called', 'for @grace', 'Eve');
    const page = await context.newPage();
    await page.goto(`${shared.parley.url}/called`);
    await live(page);
    await post(shared.parley.url, 'called', 'and live @Grace', 'Eve');
    await page.getByText('and live @Grace').waitFor();
    const marked = page.locator('[data-mentioned] [data-testid=message-text]');
    assert.deepEqual(await marked.allInnerTexts(), ['for @grace', 'and live @Grace']);
    assert.equal(await page.getByText('mentions you').count(), 2);
  },
);
