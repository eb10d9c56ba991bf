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

test('one jumps to an answered message far in the past', options, async () => {
  await post(shared.parley.url, 'far', 'the question', 'Bob');
  for (let i = 2; i <= 200; i++) await post(shared.parley.url, 'far', `m${i}`, 'Eve');
  await postReply('far', 'the answer', 1);
  const page = await openPage('far');
  const quoted = row(page, 'the answer').getByTestId('quoted');
  assert.match(await quoted.innerText(), /an earlier message/);
  await quoted.click();
  await until('the question has the focus', async () =>
    (await page.evaluate<string>('document.activeElement.textContent')).includes('the question'),
  );
});

const panelOf = (page: Page) => page.getByTestId('thread');
const threadTexts = (page: Page) => panelOf(page).getByTestId('message-text').allInnerTexts();
const threadShows = (page: Page, texts: string[]) =>
  until(`the thread shows ${texts}`, async () => String(await threadTexts(page)) === String(texts));
const focused = (page: Page) =>
  page.evaluate<string>("document.activeElement.dataset.testid ?? ''");

test('a thread opens beside the log, live, and one replies in it', options, async () => {
  await post(shared.parley.url, 'thread', 'who is there?', 'Bob');
  await post(shared.parley.url, 'thread', 'something else', 'Eve');
  await postReply('thread', 'me', 1);
  const page = await openPage('thread');
  await page.getByTestId('reply-count').click();
  await threadShows(page, ['who is there?', 'me']);
  assert.equal(new URL(page.url()).hash, '#thread=1');
  assert.equal(await panelOf(page).getByTestId('quoted').count(), 0);
  assert.equal(await panelOf(page).getByTestId('reply-count').count(), 0);
  await postReply('thread', 'me too', 1);
  await post(shared.parley.url, 'thread', 'not in the thread', 'Eve');
  await threadShows(page, ['who is there?', 'me', 'me too']);
  assert.equal(await focused(page), 'message-input');
  await page.keyboard.type('and I');
  await page.keyboard.press('Enter');
  await threadShows(page, ['who is there?', 'me', 'me too', 'and I']);
  await page.locator('.channel > .messages').getByText('3 replies').waitFor();
  const log = (await wholeLog(shared.parley.url, 'thread')) as { replyTo?: number }[];
  assert.equal(log.at(-1)?.replyTo, 1);
});

test(
  'Escape, the button and Back close a thread, a link opens it, and its draft stays',
  options,
  async () => {
    await post(shared.parley.url, 'ways', 'a question', 'Bob');
    await postReply('ways', 'an answer', 1);
    const page = await openPage('ways');
    const closed = () => panelOf(page).waitFor({ state: 'detached' });
    await page.getByTestId('reply-count').click();
    await threadShows(page, ['a question', 'an answer']);
    await page.keyboard.type('half a re');
    await page.keyboard.press('Escape');
    await closed();
    assert.equal(await focused(page), 'reply-count');
    assert.equal(new URL(page.url()).hash, '');
    await page.keyboard.press('Enter');
    await panelOf(page).waitFor();
    assert.equal(await panelOf(page).getByTestId('message-input').inputValue(), 'half a re');
    assert.equal(await page.getByTestId('message-input').first().inputValue(), '');
    await page.getByTestId('close-thread').click();
    await closed();
    await page.getByTestId('reply-count').click();
    await panelOf(page).waitFor();
    await page.goBack();
    await closed();
    await page.goto(`${shared.parley.url}/other`);
    await page.goto(`${shared.parley.url}/ways#thread=1`);
    await threadShows(page, ['a question', 'an answer']);
    assert.equal(await panelOf(page).getByTestId('message-input').inputValue(), 'half a re');
    await page.goto(`${shared.parley.url}/ways#thread=99`);
    await panelOf(page).getByText('There is no message 99').waitFor();
  },
);

test(
  'a long thread begins at its end, and its parent is read as one scrolls',
  options,
  async () => {
    await post(shared.parley.url, 'long', 'the question', 'Bob');
    const replies = Array.from({ length: 450 }, (_, i) =>
      JSON.stringify({ channel: 'long', username: 'Eve', message: `r${i}`, replyTo: 1 }),
    );
    const answer = await fetch(`${shared.parley.url}/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-ndjson' },
      body: replies.join('\n'),
    });
    assert.equal(answer.status, 200);
    const page = await openPage('long#thread=1');
    await panelOf(page).getByText('r449', { exact: true }).waitFor();
    await until('the question is read', async () => {
      await page.evaluate("document.querySelector('.thread .scroller').scrollTo(0, 0)");
      return (await threadTexts(page))[0] === 'the question';
    });
    assert.equal(await panelOf(page).getByText('Earlier messages').count(), 0);
  },
);

test('in the thread of a reply its quote leads to the answered message', options, async () => {
  await post(shared.parley.url, 'nested', 'the first', 'Bob');
  await postReply('nested', 'the second', 1);
  await postReply('nested', 'the third', 2);
  const page = await openPage('nested#thread=2');
  await threadShows(page, ['the second', 'the third']);
  await panelOf(page).getByTestId('quoted').click();
  await page.waitForURL('**/nested#1');
  await until('it has the focus', () =>
    page.evaluate<boolean>("document.activeElement.textContent.includes('the first')"),
  );
});

test('on a phone a thread covers the log, and Escape leads back', options, async () => {
  await post(shared.parley.url, 'phone', 'a question', 'Bob');
  await postReply('phone', 'an answer', 1);
  const page = await openPage('phone');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByTestId('reply-count').click();
  await threadShows(page, ['a question', 'an answer']);
  assert.equal(await page.locator('.channel > .messages').isVisible(), false);
  const box = await panelOf(page).boundingBox();
  assert.equal(box?.width, 390);
  await page.keyboard.press('Escape');
  await page.locator('.channel > .messages').waitFor();
  assert.equal(await focused(page), 'reply-count');
});
