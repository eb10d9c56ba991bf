import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf, live } from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { until } from '@parley/testkit/until.ts';
import type { Page } from 'playwright-core';

const place = startServerAndBrowser();

/** A channel in a new browser context, under a guest's name, and the signals that it sends. */
async function openWindow(channel: string, name: string) {
  const context = await place.browser.newContext();
  const page = await context.newPage();
  const faults = await faultsOf(page);
  const signals: string[] = [];
  page.on('request', (request) => {
    const body = request.method() === 'POST' ? (request.postData() ?? '') : '';
    if (body.includes('"typing"')) signals.push(body);
  });
  await page.goto(`${place.parley.url}/${channel}`);
  await live(page);
  if (name !== '') await page.getByTestId('name-input').fill(name);
  const close = async () => {
    assert.deepEqual(faults, []);
    await context.close();
  };
  return { page, signals, close };
}

const write = (page: Page, text: string) =>
  page.getByTestId('message-input').pressSequentially(text);

async function shows(page: Page, expected: string): Promise<void> {
  const line = page.getByTestId('typing');
  await until(`"${expected}"`, async () => `${await line.allTextContents()}` === expected);
}

test(
  'readers see who writes, until the message arrives or 6 s have passed',
  place.options,
  async () => {
    await post(place.parley.url, 'typing', 'hello');
    const [ana, bo, reader] = [
      await openWindow('typing', 'ana'),
      await openWindow('typing', 'bo'),
      await openWindow('typing', ''),
    ];
    await write(bo.page, 'more');
    await shows(reader.page, 'bo is typing');
    await write(ana.page, 'a few words');
    await shows(reader.page, 'bo and ana are typing');
    await shows(bo.page, 'ana is typing');
    await shows(ana.page, 'bo is typing');
    assert.ok(ana.signals.length <= 2, `${ana.signals.length} signals`);
    await write(bo.page, '!');
    await ana.page.keyboard.press('Enter');
    await shows(reader.page, 'bo is typing');
    await shows(reader.page, '');
    await write(reader.page, 'without a name');
    assert.deepEqual(reader.signals, []);
    await Promise.all([ana, bo, reader].map(({ close }) => close()));
  },
);

test('after a refusal no more signals are sent', place.options, async () => {
  await post(place.parley.url, 'refused', 'hello');
  const guest = await openWindow('refused', 'cy');
  await guest.page.clock.install();
  await guest.page.route('**/chat/refused', (route) =>
    route.fulfill({ status: 403, json: { code: 'forbidden', detail: 'no' } }),
  );
  for (let i = 0; i < 3; i++) {
    const answered = i === 0 && guest.page.waitForResponse('**/chat/refused');
    await write(guest.page, 'x');
    await answered;
    await guest.page.clock.runFor(4_000);
  }
  assert.equal(guest.signals.length, 1);
  await guest.page.context().close();
});
