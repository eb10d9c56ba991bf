import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { live, sendMessage, shows } from '@parley/testkit/clients/browser-page.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { until } from '@parley/testkit/until.ts';
import type { Page } from 'playwright-core';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const shared = startServerAndBrowser({ POSTS_PER_ADDRESS: '0' });
const { options } = shared;

async function openPage(channel: string): Promise<Page> {
  const context = await shared.browser.newContext();
  stack.defer(() => context.close());
  await context.addInitScript("localStorage.setItem('parley.name', 'Ada')");
  const page = await context.newPage();
  await page.goto(`${shared.parley.url}/${channel}`);
  await live(page);
  return page;
}

async function postReply(channel: string, message: string, replyTo: number): Promise<void> {
  const answer = await fetch(`${shared.parley.url}/chat/${channel}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'Bob', message, replyTo }),
  });
  assert.equal(answer.status, 201);
}

const row = (page: Page, text: string) => page.getByTestId('message').filter({ hasText: text });

test(
  'a reply shows what it answers, and the answered message counts its replies',
  options,
  async () => {
    await post(shared.parley.url, 'replies', 'who is there?', 'Bob');
    await post(shared.parley.url, 'replies', 'something else', 'Eve');
    const page = await openPage('replies');
    await shows(page, ['who is there?', 'something else']);
    const first = page.locator('[data-seq="1"]');
    await first.hover();
    await first.getByTestId('reply').click();
    assert.match(await page.getByTestId('reply-line').innerText(), /Reply to Bob who is there\?/);
    assert.equal(await page.evaluate('document.activeElement.dataset.testid'), 'message-input');
    await sendMessage(page, 'me');
    const reply = page.locator('[data-seq="3"]');
    await reply.waitFor();
    assert.match(await reply.getByTestId('quoted').innerText(), /Bob who is there\?/);
    assert.equal(await page.getByTestId('reply-line').count(), 0);
    await first.getByText('1 reply', { exact: true }).waitFor();
    await postReply('replies', 'me too', 1);
    await first.getByText('2 replies').waitFor();
    const log = (await wholeLog(shared.parley.url, 'replies')) as { replyTo?: number }[];
    assert.equal(log[2]?.replyTo, 1);
    await page.reload();
    await first.getByText('2 replies').waitFor();
  },
);

test('Escape ends a reply, and the message is sent without it', options, async () => {
  await post(shared.parley.url, 'escape', 'a question', 'Bob');
  const page = await openPage('escape');
  await row(page, 'a question').hover();
  await page.getByTestId('reply').click();
  await page.keyboard.press('Escape');
  assert.equal(await page.getByTestId('reply-line').count(), 0);
  await sendMessage(page, 'no answer');
  await shows(page, ['a question', 'no answer']);
  assert.equal(await page.getByTestId('quoted').count(), 0);
});

test(
  'one jumps to an answered message far in the past, and back to its first reply',
  options,
  async () => {
    await post(shared.parley.url, 'far', 'the question', 'Bob');
    for (let i = 2; i <= 200; i++) await post(shared.parley.url, 'far', `m${i}`, 'Eve');
    await postReply('far', 'the answer', 1);
    const page = await openPage('far');
    const quoted = row(page, 'the answer').getByTestId('quoted');
    assert.match(await quoted.innerText(), /an earlier message/);
    await quoted.click();
    const has = (text: string) =>
      until(`${text} has the focus`, async () =>
        (await page.evaluate<string>('document.activeElement.textContent')).includes(text),
      );
    await has('the question');
    await row(page, 'the question').getByTestId('reply-count').click();
    await has('the answer');
  },
);
