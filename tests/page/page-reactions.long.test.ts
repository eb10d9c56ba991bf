import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf, live } from '@parley/testkit/clients/browser-page.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { until } from '@parley/testkit/until.ts';
import type { Locator, Page } from 'playwright-core';

const PASSWORD = 'correct horse battery staple';
const place = startServerAndBrowser();

/** Fills in the dialog that asks to sign in. */
async function signIn(page: Page, name: string): Promise<void> {
  await page.getByTestId('account-login').fill(name);
  await page.getByTestId('account-password').fill(PASSWORD);
  await page.getByTestId('account-submit').click();
  await page.getByTestId('account-name').waitFor();
}

/** A channel in a new browser context; with a name it is signed in. */
async function openWindow(channel: string, name?: string) {
  const context = await place.browser.newContext();
  const page = await context.newPage();
  const faults = await faultsOf(page);
  await page.goto(`${place.parley.url}/${channel}`);
  await live(page);
  if (name !== undefined) {
    await page.getByTestId('sign-in').click();
    await signIn(page, name);
  }
  const close = async () => {
    assert.deepEqual(faults, []);
    await context.close();
  };
  return { page, close };
}

async function newcomer(name: string): Promise<void> {
  const fields = { username: name, email: `${name}@example.org`, password: PASSWORD };
  const session = new BrowserSession(place.parley.url);
  assert.equal((await session.send('POST', '/users', fields)).status, 201);
}

const row = (page: Page, text: string): Locator =>
  page.getByTestId('message').filter({ hasText: text });

/** The chips of a message: `👍 2`, and `👍 2*` when it is the visitor's own. */
async function chips(message: Locator): Promise<string[]> {
  const pressed = message.locator('[data-testid=reaction][aria-pressed=true]');
  const own = new Set(await pressed.allTextContents());
  const all = await message.getByTestId('reaction').allTextContents();
  return all.map((text) => (own.has(text) ? `${text}*` : text));
}

async function shows(message: Locator, expected: string[]): Promise<void> {
  await until(`the chips are ${expected}`, async () => `${await chips(message)}` === `${expected}`);
}

async function choose(message: Locator, emoji: string): Promise<void> {
  await message.hover();
  await message.getByTestId('react').click();
  await message.getByTestId('choose-reaction').filter({ hasText: emoji }).click();
}

test(
  'readers react to a message, and all of them see the counts and their own',
  place.options,
  async () => {
    await Promise.all(['dora', 'eve'].map(newcomer));
    await post(place.parley.url, 'react', 'shall we meet?');
    const [dora, eve, guest] = [
      await openWindow('react', 'dora'),
      await openWindow('react', 'eve'),
      await openWindow('react'),
    ];
    const [ofDora, ofEve, ofGuest] = [dora, eve, guest].map(({ page }) =>
      row(page, 'shall we meet?'),
    );
    assert.ok(ofDora && ofEve && ofGuest);
    await choose(ofDora, '👍');
    await shows(ofDora, ['👍 1*']);
    await shows(ofEve, ['👍 1']);
    await ofEve.getByTestId('reaction').click();
    await choose(ofEve, '🎉');
    await shows(ofEve, ['👍 2*', '🎉 1*']);
    await shows(ofDora, ['👍 2*', '🎉 1']);
    await shows(ofGuest, ['👍 2', '🎉 1']);

    await dora.page.reload();
    await shows(ofDora, ['👍 2*', '🎉 1']);
    await ofDora.getByTestId('reaction').first().click();
    await shows(ofDora, ['👍 1', '🎉 1']);
    await ofEve.getByTestId('reaction').last().click();
    await shows(ofGuest, ['👍 1']);
    const [message] = await wholeLog(place.parley.url, 'react');
    assert.deepEqual(message?.reactions, { '👍': 1 });

    await ofGuest.getByTestId('reaction').click();
    await signIn(guest.page, 'eve');
    await shows(ofGuest, ['👍 1*']);
    await Promise.all([dora, eve, guest].map(({ close }) => close()));
  },
);

test(
  'the choice of emoji opens and closes by the keyboard, and keeps its focus',
  place.options,
  async () => {
    await newcomer('kim');
    await post(place.parley.url, 'keys', 'hello');
    const { page, close } = await openWindow('keys', 'kim');
    const message = row(page, 'hello');
    const button = message.getByTestId('react');
    const focused = async () => (await message.locator('[data-testid=react]:focus').count()) === 1;
    await button.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Escape');
    assert.equal(await button.getAttribute('aria-expanded'), 'false');
    assert.ok(await focused());
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await shows(message, ['👍 1*']);
    assert.ok(await focused());
    await close();
  },
);
