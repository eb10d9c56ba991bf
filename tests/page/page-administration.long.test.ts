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
import { runAccount } from '../accounts/administrator.ts';

const PASSWORD = 'correct horse battery staple';

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

async function signUp(name: string): Promise<void> {
  const answer = await fetch(`${parley.url}/users`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: name, email: `${name}@example.org`, password: PASSWORD }),
  });
  assert.equal(answer.status, 201);
}

/** A page on which the account is signed in. */
async function signedIn(name: string): Promise<Page> {
  const context = await browser.newContext();
  stack.defer(() => context.close());
  const data = { login: name, password: PASSWORD };
  assert.equal((await context.request.post(`${parley.url}/session`, { data })).status(), 200);
  return context.newPage();
}

test(
  'an administrator sees people, suspends and restores, and the acts are shown',
  options,
  async () => {
    for (const name of ['Grace', 'Eve']) await signUp(name);
    await runAccount(folder, ['admin', 'Grace']);
    await post(parley.url, 'lobby', 'hi', 'Bob');
    const page = await signedIn('Grace');
    await page.goto(`${parley.url}/lobby`);
    await page.getByTestId('account-menu').click();
    await page.getByTestId('administration').click();
    await page.getByRole('heading', { name: 'Administration' }).waitFor();
    const person = (name: string) => page.getByTestId('person').filter({ hasText: name });
    await person('Eve').waitFor();
    assert.equal(await person('Grace').getByText('Suspend').count(), 0);
    await person('Eve').getByRole('button', { name: 'Suspend' }).click();
    await person('Eve').getByRole('button', { name: 'Suspend Eve' }).click();
    await person('Eve').getByText('suspended since').waitFor();
    const login = { login: 'Eve', password: PASSWORD };
    const refused = await page.context().request.fetch(`${parley.url}/session`, {
      method: 'POST',
      data: login,
    });
    assert.equal(refused.status(), 403);
    await page.getByTestId('only-suspended').check();
    assert.equal(await page.getByTestId('person').count(), 1);
    await person('Eve').getByRole('button', { name: 'Restore' }).click();
    await until(
      'no one is suspended',
      async () => (await page.getByTestId('person').count()) === 0,
    );
    await page.reload();
    await page.getByTestId('act').first().waitFor();
    const acts = await page.getByTestId('act').allInnerTexts();
    assert.match(acts[0] ?? '', /^Grace restore Eve/);
    assert.match(acts[1] ?? '', /^Grace suspend Eve/);
  },
);

test('links for people are made and shown once', options, async () => {
  const page = await signedIn('Grace');
  await page.goto(`${parley.url}/#administration`);
  await page.locator('[name=uses]').fill('3');
  await page.getByTestId('invite').click();
  const link = page.getByTestId('made-link').locator('input');
  await link.waitFor();
  assert.match(await page.getByTestId('made-link').innerText(), /Link for 3 people/);
  assert.match(await link.inputValue(), /\/#invitation=/);
  await page.getByTestId('person').filter({ hasText: 'Eve' }).getByTestId('reset').click();
  await until('the link resets', async () => (await link.inputValue()).includes('/#reset='));
});

test('people are found by the beginning of their names', options, async () => {
  const page = await signedIn('Grace');
  await page.goto(`${parley.url}/#administration`);
  const names = () => page.getByTestId('person').locator('.who').allInnerTexts();
  await until('all are listed', async () => (await names()).length === 2);
  await page.getByTestId('find-person').fill('eV');
  await until('one is found', async () => String(await names()) === 'Eve');
});

test('an invitation is listed and taken back', options, async () => {
  const page = await signedIn('Grace');
  await page.goto(`${parley.url}/#administration`);
  const open = page.getByTestId('invitation').filter({ hasText: 'For 3 people' });
  await open.getByRole('button', { name: 'Take back' }).click();
  await open.waitFor({ state: 'detached' });
});

test('an account is muted in a channel, and the mute is ended', options, async () => {
  const page = await signedIn('Grace');
  await page.goto(`${parley.url}/#administration`);
  await page.getByTestId('mute-channel').fill('#lobby');
  await page.getByTestId('mute-name').fill('eve');
  await page.getByTestId('mute').click();
  const muted = page.getByTestId('muted').filter({ hasText: 'Eve' });
  await muted.waitFor();
  // The list of another channel is not known: it must not be that of this one.
  await page.getByTestId('mute-channel').fill('#lobby3');
  await page.locator('section').filter({ hasText: 'Muted people' }).getByText('None.').waitFor();
  await page.route('**/chat/lobby2/muted', (route) => route.abort());
  await page.getByTestId('mute-channel').fill('#lobby2');
  await muted.waitFor({ state: 'detached' });
  await page.getByTestId('mute-channel').fill('#lobby');
  await muted.waitFor();
  const data = { username: 'Eve', message: 'hi' };
  const reader = await signedIn('Eve');
  await reader.goto(`${parley.url}/lobby`);
  await reader.getByTestId('account-name').waitFor();
  // The session is stored now, so that no second client follows.
  await reader.reload();
  await reader
    .getByTestId('muted-until')
    .getByText(/^You are muted .* until /)
    .waitFor();
  const eve = reader.context().request;
  assert.equal((await eve.post(`${parley.url}/chat/lobby`, { data })).status(), 403);
  // What follows comes by the stream, not by the list.
  await live(reader);
  await reader.route('**/chat?*', (route) => route.abort());
  await muted.getByRole('button', { name: 'End' }).click();
  await muted.waitFor({ state: 'detached' });
  await reader.getByTestId('muted-until').waitFor({ state: 'detached' });
  await page.getByTestId('mute').click();
  await reader.getByTestId('muted-until').waitFor();
  await muted.getByRole('button', { name: 'End' }).click();
  await reader.getByTestId('muted-until').waitFor({ state: 'detached' });
  assert.equal((await eve.post(`${parley.url}/chat/lobby`, { data })).status(), 201);
});

test('the channels that are read have their readers and streams', options, async () => {
  const reader = await signedIn('Eve');
  await reader.goto(`${parley.url}/lobby`);
  await live(reader);
  const page = await signedIn('Grace');
  await page.goto(`${parley.url}/#administration`);
  const lobby = page.locator('section').getByRole('listitem').filter({ hasText: '#lobby' });
  await lobby.getByText(/^[1-9]\d* here · [1-9]\d* streams?$/).waitFor();
  await lobby.getByTestId('channel-menu').click();
  await lobby.getByTestId('turn-closed').click();
  await lobby.getByTestId('turn-closed-yes').click();
  await lobby.getByRole('button', { name: 'Reopen channel' }).click();
  await lobby.getByRole('button', { name: 'Close channel' }).waitFor();
  await reader.getByTestId('closed').waitFor({ state: 'detached' });
});

test('others do not see the page', options, async () => {
  const member = await signedIn('Eve');
  await member.goto(`${parley.url}/#administration`);
  await member.getByText('Only administrators see this page.').waitFor();
  assert.equal(await member.getByTestId('person').count(), 0);
  await member.goto(`${parley.url}/lobby`);
  await member.getByTestId('account-menu').click();
  assert.equal(await member.getByTestId('administration').count(), 0);
  const context = await browser.newContext();
  stack.defer(() => context.close());
  const guest = await context.newPage();
  await guest.goto(`${parley.url}/#administration`);
  await guest.getByTestId('account-password').waitFor();
});

test(
  'axe finds nothing in the administration, in light and dark, on a phone too',
  options,
  async () => {
    const page = await signedIn('Grace');
    await page.goto(`${parley.url}/#administration`);
    await page.getByTestId('act').first().waitFor();
    await page.getByTestId('invite').click();
    await page.getByTestId('made-link').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 390]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        assert.deepEqual(await axeFaults(page), []);
        const wide = await page.evaluate<number>(
          'document.documentElement.scrollWidth - innerWidth',
        );
        assert.ok(wide <= 0, `${wide} px wider than a window of ${width}`);
      }
    }
  },
);

test(
  'an administrator archives, reopens and deletes a channel, and every page shows it',
  options,
  async () => {
    await signUp('Hedy');
    await runAccount(folder, ['admin', 'Hedy']);
    await post(parley.url, 'plans', 'old words', 'Bob');
    await post(parley.url, 'lobby', 'hi', 'Bob');
    const admin = await signedIn('Hedy');
    const reader = await browser.newPage();
    stack.defer(() => reader.close());
    for (const page of [admin, reader]) {
      await page.goto(`${parley.url}/plans`);
      await page.getByText('old words').waitFor();
    }
    await live(reader);
    const listed = () => reader.locator('.sidebar').getByText('plans').count();
    await until('it is listed', async () => (await listed()) > 0);
    assert.equal(await reader.getByTestId('channel-menu').count(), 0);
    await admin.getByTestId('channel-menu').click();
    await admin.getByTestId('archive').click();
    for (const page of [admin, reader]) {
      await page.getByTestId('archived').waitFor();
      await page.getByTestId('closed').waitFor();
    }
    await until('it is not listed', async () => (await listed()) === 0);
    const late = await browser.newPage();
    stack.defer(() => late.close());
    await late.goto(`${parley.url}/plans`);
    await late.getByTestId('archived').waitFor();
    await late.getByText('old words').waitFor();

    const rules = await admin.context().newPage();
    await rules.goto(`${parley.url}/#administration`);
    const row = rules.getByTestId('archived-channel').filter({ hasText: 'plans' });
    await row.getByTestId('channel-menu').click();
    assert.deepEqual(await axeFaults(rules), []);
    await row.getByTestId('turn-closed').click();
    await row.waitFor({ state: 'detached' });
    for (const page of [admin, reader, late])
      await page.getByTestId('archived').waitFor({ state: 'detached' });

    const button = admin.getByTestId('delete-channel');
    if (!(await button.isVisible())) await admin.getByTestId('channel-menu').click();
    await admin.getByTestId('delete-name').fill('plan');
    assert.equal(await button.isDisabled(), true);
    await admin.getByTestId('delete-name').fill('plans');
    assert.deepEqual(await axeFaults(admin), []);
    await button.click();
    for (const page of [admin, reader, late])
      await page.getByText('The channel plans was deleted, or is private now.').waitFor();
    await post(parley.url, 'plans', 'new words', 'Bob');
    for (const page of [admin, reader, late]) {
      await page.getByText('new words').waitFor();
      assert.equal(await page.getByText('old words').count(), 0);
    }
  },
);
