import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { live } from '@parley/testkit/clients/browser-page.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { startBare } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import type { Page } from 'playwright-core';

const MESSAGES = 100_000;
const BATCH = 1000;

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const shared = startServerAndBrowser({ POSTS_PER_ADDRESS: '0' }, startBare);
const { options } = shared;

async function fill(channel: string): Promise<void> {
  for (let first = 1; first <= MESSAGES; first += BATCH) {
    const lines = Array.from({ length: BATCH }, (_, i) =>
      JSON.stringify({ channel, username: 'Bob', message: `m${first + i}` }),
    );
    const answer = await fetch(`${shared.parley.url}/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    assert.equal(answer.status, 200);
    await answer.text();
  }
}

/** The seqs of the messages that the reader sees, in order. */
const seen = (page: Page) =>
  page.evaluate<number[]>(`(() => {
    const { top, bottom } = document.querySelector('.scroller').getBoundingClientRect();
    return [...document.querySelectorAll('[data-testid=message]')]
      .map((message) => [Number(message.dataset.seq), message.getBoundingClientRect()])
      .filter(([, box]) => box.bottom > top && box.top < bottom)
      .map(([seq]) => seq)
      .sort((a, b) => a - b);
  })()`);

async function jump(page: Page, seq: number): Promise<void> {
  await page.evaluate(`location.hash = '#${seq}'`);
  await until(
    `${seq} has the focus`,
    async () => (await page.evaluate('document.activeElement.dataset.seq')) === String(seq),
  );
}

test(
  'a channel of 100,000 messages is read at every place, with few elements',
  options,
  async () => {
    await fill('long');
    const context = await shared.browser.newContext();
    stack.defer(() => context.close());
    const page = await context.newPage();
    await page.goto(`${shared.parley.url}/long`);
    await live(page);
    await until('the newest is seen', async () => (await seen(page)).at(-1) === MESSAGES);
    for (const seq of [1, 50_000, 99_000]) await jump(page, seq);
    await page.mouse.move(700, 300);
    let lowest = 99_000;
    await until('the reader has scrolled over 3,000 messages', async () => {
      await page.mouse.wheel(0, -2500);
      const seqs = await seen(page);
      for (const [index, seq] of seqs.entries()) {
        assert.equal(seq, (seqs[0] ?? 0) + index, 'no message is left out');
      }
      lowest = Math.min(lowest, ...seqs);
      return lowest < 96_000;
    });
    const elements = await page.evaluate<number>("document.querySelectorAll('*').length");
    assert.ok(elements < 3000, `${elements} elements`);
    await page.getByRole('button', { name: 'To the newest' }).click();
    await until('the newest is seen', async () => (await seen(page)).at(-1) === MESSAGES);
  },
);
