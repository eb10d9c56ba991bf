import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { live, sendMessage, textsOn } from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { startBare } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import type { BrowserContext, Page } from 'playwright-core';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const shared = startServerAndBrowser({ POSTS_PER_ADDRESS: '0' }, startBare);
const { options } = shared;

async function postMany(channel: string, from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i++) await post(shared.parley.url, channel, `m${i}`, 'Bob');
}

async function newContext(): Promise<BrowserContext> {
  const context = await shared.browser.newContext();
  await context.addInitScript("localStorage.setItem('parley.name', 'Ada')");
  stack.defer(() => context.close());
  return context;
}

async function openPage(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${shared.parley.url}/${path}`);
  await live(page);
  return page;
}

/** The message with the focus, and whether the reader sees it. */
const focused = (page: Page) =>
  page.evaluate<[text: string | undefined, seen: boolean]>(`(() => {
    const message = document.activeElement.closest('[data-testid=message]');
    if (!message) return [undefined, false];
    const box = message.getBoundingClientRect();
    const list = document.querySelector('.scroller').getBoundingClientRect();
    const text = message.querySelector('[data-testid=message-text]').textContent;
    return [text, box.top >= list.top && box.bottom <= list.bottom];
  })()`);

const isAt = (page: Page, text: string) =>
  until(`${text} is seen and has the focus`, async () => {
    const [at, seen] = await focused(page);
    return at === text && seen;
  });

test('an address with a seq shows that message, while live ones are counted', options, async () => {
  await postMany('past', 1, 400);
  const page = await openPage(await newContext(), 'past#20');
  await isAt(page, 'm20');
  assert.equal((await textsOn(page)).includes('m400'), false);
  await post(shared.parley.url, 'past', 'm401', 'Bob');
  const toEnd = page.getByRole('button', { name: '1 new message' });
  await toEnd.click();
  await until('the newest is shown', async () => (await textsOn(page)).at(-1) === 'm401');
  assert.equal((await textsOn(page)).includes('m20'), false);
  assert.equal(await toEnd.count(), 0);
  await page.evaluate("location.hash = '#100'");
  await isAt(page, 'm100');
  await sendMessage(page, 'mine');
  await until('the own message is shown', async () => (await textsOn(page)).at(-1) === 'mine');
});

test('the mouse wheel over the button to the newest scrolls the list', options, async () => {
  await postMany('wheel', 1, 60);
  const page = await openPage(await newContext(), 'wheel');
  const top = () => page.evaluate<number>("document.querySelector('.scroller').scrollTop");
  await until('the list is at its end', async () => (await top()) > 300);
  await page.locator('.scroller').hover();
  await page.mouse.wheel(0, -300);
  const toEnd = page.getByRole('button', { name: 'To the newest' });
  await toEnd.hover();
  const before = await top();
  await page.mouse.wheel(0, -100);
  await until('the list has moved', async () => (await top()) < before);
});

test(
  'a reader who scrolls on from the past reaches the newest messages without a gap',
  options,
  async () => {
    await postMany('onward', 1, 200);
    const page = await openPage(await newContext(), 'onward#30');
    await isAt(page, 'm30');
    await page.locator('.scroller').hover();
    const seen = new Set<string>();
    await until('the newest is shown', async () => {
      for (const text of await textsOn(page)) seen.add(text);
      await page.mouse.wheel(0, 300);
      return seen.has('m200');
    });
    for (let i = 30; i <= 200; i++) assert.ok(seen.has(`m${i}`), `m${i} was shown`);
    await post(shared.parley.url, 'onward', 'm201', 'Bob');
    await until('the list is live', async () => (await textsOn(page)).at(-1) === 'm201');
  },
);

test(
  'what is new since the last visit has a line, and a button that leads to it',
  options,
  async () => {
    await postMany('visits', 1, 30);
    const context = await newContext();
    const first = await openPage(context, 'visits');
    await until('all is read', async () => (await textsOn(first)).at(-1) === 'm30');
    assert.equal(await first.getByTestId('new-line').count(), 0);
    assert.equal(await first.getByTestId('to-unread').count(), 0);
    await until('its end is stored', () =>
      first.evaluate<boolean>(
        "JSON.parse(localStorage.getItem('parley.unread') ?? '{}').visits?.read === 30",
      ),
    );
    await first.close();
    await postMany('visits', 31, 330);
    const page = await openPage(context, 'visits');
    await page.getByTestId('to-unread').click();
    await isAt(page, 'm31');
    assert.equal(await page.getByTestId('to-unread').count(), 0);
    const before = await page.evaluate<string>(`
    document.querySelector('[data-testid=new-line]').closest('li')
      .previousElementSibling.querySelector('[data-testid=message-text]').textContent`);
    assert.equal(before, 'm30');
    await page.getByRole('button', { name: 'To the newest' }).click();
    await until('the newest is shown', async () => (await textsOn(page)).at(-1) === 'm330');
    await page.close();
    const third = await openPage(context, 'visits');
    await until('it is shown', async () => (await textsOn(third)).at(-1) === 'm330');
    assert.equal(await third.getByTestId('new-line').count(), 0);
  },
);

test(
  'messages that come while the reader is among older ones begin at a line',
  options,
  async () => {
    await postMany('away', 1, 60);
    const page = await openPage(await newContext(), 'away');
    await until('the newest is shown', async () => (await textsOn(page)).at(-1) === 'm60');
    await page.locator('.scroller').hover();
    await page.mouse.wheel(0, -500);
    await page.getByRole('button', { name: 'To the newest' }).waitFor();
    await postMany('away', 61, 62);
    await page.getByRole('button', { name: '2 new messages' }).click();
    await page.getByTestId('new-line').waitFor();
    const after = await page.evaluate<string>(`
    document.querySelector('[data-testid=new-line]').closest('li')
      .nextElementSibling.querySelector('[data-testid=message-text]').textContent`);
    assert.equal(after, 'm61');
  },
);

test(
  'of many channels the recent ones are listed, and the server finds the others',
  options,
  async () => {
    const line = (channel: string) => JSON.stringify({ channel, username: 'Bob', message: 'hi' });
    const names = Array.from({ length: 520 }, (_, i) => `many-${1000 + i}`);
    const answer = await fetch(`${shared.parley.url}/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-ndjson' },
      body: ['aaa-old', ...names].map(line).join('\n'),
    });
    assert.equal(answer.status, 200);
    await answer.text();
    await post(shared.parley.url, 'zzz-new', 'hi', 'Bob');
    const recent = `${shared.parley.url}/chat?order=recent&limit=1`;
    await until('the server lists the newest', async () =>
      (await (await fetch(recent)).text()).includes('zzz-new'),
    );
    const page = await openPage(await newContext(), 'zzz-new');
    const listed = () => page.locator('.sidebar .channel-list bdi').allInnerTexts();
    await until('the newest is the first', async () => (await listed())[0] === 'zzz-new');
    const field = page.locator('.sidebar').getByTestId('channel-input');
    await field.fill('aaa');
    await until('the oldest is found', async () => String(await listed()) === 'aaa-old');
    await field.fill('');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('aaa-o');
    await page.getByRole('option', { name: 'aaa-old' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(`${shared.parley.url}/aaa-old`);
  },
);
