import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live, sendMessage, textsOn } from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { until } from '@parley/testkit/until.ts';

/** More than the six connections that a browser opens to a host over HTTP/1.1. */
const TABS = 8;

const shared = startServerAndBrowser();
const { options } = shared;

test(
  'eight tabs on eight channels leave connections free: each opens, posts and reads',
  options,
  async () => {
    const context = await shared.browser.newContext();
    await context.addInitScript("localStorage.setItem('parley.name', 'Ada')");
    const pages = [];
    for (let i = 0; i < TABS; i++) {
      const page = await context.newPage();
      await page.goto(`${shared.parley.url}/six-${i}`);
      await live(page);
      pages.push(page);
    }
    for (const [i, page] of pages.entries()) {
      await sendMessage(page, `mine ${i}`);
      await until('the message is acknowledged', async () => {
        const pending = await page.getByTestId('pending').count();
        return pending === 0 && (await textsOn(page)).includes(`mine ${i}`);
      });
    }
    for (const i of pages.keys())
      await post(shared.parley.url, `six-${i}`, `from elsewhere ${i}`, 'Bob');
    for (const [i, page] of pages.entries()) {
      await until('the message is there', async () => (await textsOn(page)).length === 2);
      assert.deepEqual(await textsOn(page), [`mine ${i}`, `from elsewhere ${i}`]);
    }
    await context.close();
  },
);
