import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { listen } from '@parley/kit/http/server/listen.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { newcomer } from '../accounts/account-deployments.ts';

const stack = new AsyncDisposableStack();
let friend = '';

before(async () => {
  const port = await freePort();
  friend = `http://127.0.0.1:${port}`;
  const pages = createServer((_request, response) =>
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>Friend</title>'),
  );
  await listen(pages, { host: '127.0.0.1', port, setting: 'PORT' });
  stack.defer(() => {
    pages.closeAllConnections();
    pages.close();
  });
});
after(() => stack.disposeAsync());

const shared = startServerAndBrowser(() => ({ CORS_ORIGINS: friend }));
const { options } = shared;

/** Posts from a script of a page; resolves with what the script can read of the answer. */
async function postFrom(pageUrl: string, channel: string): Promise<unknown> {
  const { name, browser: session } = await newcomer(shared.parley.url);
  const context = await shared.browser.newContext();
  try {
    await context.addCookies([
      { name: 'parley-token', value: session.cookie('parley-token') ?? '', url: shared.parley.url },
    ]);
    const page = await context.newPage();
    await page.goto(pageUrl);
    const read = await page.evaluate(async (url) => {
      const body = new URLSearchParams({ message: 'from afar' });
      try {
        const answer = await fetch(url, { method: 'POST', body, credentials: 'include' });
        return ((await answer.json()) as { username: string }).username;
      } catch (error) {
        return (error as Error).name;
      }
    }, `${shared.parley.url}/chat/${channel}`);
    return read === name ? 'the account' : read;
  } finally {
    await context.close();
  }
}

test('a page of CORS_ORIGINS posts with cookies and reads the answer', options, async () => {
  assert.equal(await postFrom(friend, 'friend'), 'the account');
  assert.equal((await wholeLog(shared.parley.url, 'friend')).length, 1);
});

test(
  'a page of another origin can neither read an answer nor store a message',
  options,
  async () => {
    const stranger = friend.replace('127.0.0.1', 'localhost');
    assert.equal(await postFrom(stranger, 'stranger'), 'TypeError');
    assert.deepEqual(await wholeLog(shared.parley.url, 'stranger'), []);
  },
);
