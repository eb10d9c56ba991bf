import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axeFaults } from '@parley/testkit/clients/axe-faults.ts';
import { launchBrowser, live } from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import type { Browser, Page } from 'playwright-core';
import { newcomer, PASSWORD } from '../accounts/account-deployments.ts';
import { runAccount } from '../accounts/administrator.ts';

const stack = new AsyncDisposableStack();
const options = needs('chromium');
let browser: Browser;
let parley: Running;
let folder: string;

before(async () => {
  if (options.skip) return;
  folder = stack.use(await temporaryFolder()).path;
  parley = await start('services/standalone', { DATA_DIR: folder });
  stack.defer(async () => void (await parley.end('SIGKILL')));
  browser = stack.use(await launchBrowser());
});
after(() => stack.disposeAsync());

/** A page on which a new account is signed in. */
async function signedIn(isAdmin = false): Promise<Page> {
  const { name } = await newcomer(parley.url);
  if (isAdmin) await runAccount(folder, ['admin', name]);
  const context = await browser.newContext();
  stack.defer(() => context.close());
  const data = { login: name, password: PASSWORD };
  assert.equal((await context.request.post(`${parley.url}/session`, { data })).status(), 200);
  return context.newPage();
}

async function guest(): Promise<Page> {
  const page = await browser.newPage();
  stack.defer(() => page.close());
  return page;
}

const listed = (page: Page, name: string) => page.locator('.sidebar').getByText(name).count();

test('the maker renames a channel, and every page moves to the new address', options, async () => {
  const maker = await signedIn();
  await maker.goto(`${parley.url}/plans`);
  await maker.getByTestId('account-name').waitFor();
  await maker.getByTestId('message-input').fill('old words');
  await maker.keyboard.press('Enter');
  const reader = await guest();
  await reader.goto(`${parley.url}/lobby`);
  await reader.goto(`${parley.url}/plans`);
  for (const page of [maker, reader]) await page.getByText('old words').waitFor();
  await live(reader);
  await reader.getByTestId('message-input').fill('unfinished');

  await maker.getByTestId('people').click();
  await maker.getByTestId('new-name').fill('no name');
  assert.equal(await maker.getByTestId('rename').isDisabled(), true);
  await maker.getByTestId('new-name').fill('ideas');
  assert.deepEqual(await axeFaults(maker), []);
  await maker.getByTestId('rename').click();
  for (const page of [maker, reader]) {
    await page.waitForURL(`${parley.url}/ideas`);
    await page.getByText('old words').waitFor();
    await until('the list has the new name', async () => (await listed(page, 'ideas')) > 0);
    await until('the list lacks the old name', async () => (await listed(page, 'plans')) === 0);
  }
  assert.equal(await reader.getByTestId('message-input').inputValue(), 'unfinished');
  await post(parley.url, 'ideas', 'new words', 'Bob');
  for (const page of [maker, reader]) await page.getByText('new words').waitFor();
  assert.equal(await reader.getByText('old words').count(), 1);

  // Back leads to what was before the channel, and a link to the old name to the channel.
  await reader.goBack();
  await reader.waitForURL(`${parley.url}/lobby`);
  await reader.goto(`${parley.url}/plans#1`);
  await reader.waitForURL(`${parley.url}/ideas#1`);
  await reader.getByText('new words').waitFor();
});

test('an administrator renames a channel, from its page and from the list', options, async () => {
  await post(parley.url, 'rooms', 'some words', 'Bob');
  await post(parley.url, 'ideas', 'hi', 'Bob');
  const admin = await signedIn(true);
  const reader = await guest();
  for (const page of [admin, reader]) {
    await page.goto(`${parley.url}/rooms`);
    await page.getByText('some words').waitFor();
  }
  await live(reader);
  await admin.getByTestId('channel-menu').click();
  await admin.getByTestId('new-name').fill('ideas');
  await admin.getByTestId('rename').click();
  await admin.getByText('This name is in use; choose another one.').waitFor();
  await admin.getByTestId('new-name').fill('halls');
  assert.deepEqual(await axeFaults(admin), []);
  await admin.getByTestId('rename').click();
  for (const page of [admin, reader]) await page.waitForURL(`${parley.url}/halls`);
  const rules = await admin.context().newPage();
  await rules.goto(`${parley.url}/#administration`);
  const row = rules.locator('section').getByRole('listitem').filter({ hasText: '#halls' });
  await row.getByTestId('channel-menu').click();
  await row.getByTestId('new-name').fill('rooms');
  await row.getByTestId('rename').click();
  for (const page of [admin, reader]) {
    await page.waitForURL(`${parley.url}/rooms`);
    await page.getByText('some words').waitFor();
  }
  await rules.reload();
  await rules.getByTestId('act').filter({ hasText: 'rename channel' }).first().waitFor();
});
