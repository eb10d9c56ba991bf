import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  launchBrowser,
  live,
  sendMessage,
  shows,
  textsOn,
} from '@parley/testkit/clients/browser-page.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import type { Browser, BrowserContext, Page } from 'playwright-core';

const stack = new AsyncDisposableStack();
const options = needs('chromium');
let browser: Browser;
let parley: Running;
let env: Record<string, string>;

before(async () => {
  if (options.skip) return;
  const folder = stack.use(await temporaryFolder());
  env = { DATA_DIR: folder.path };
  parley = await start('services/standalone', env);
  stack.defer(async () => void (await parley.end('SIGKILL')));
  env.PORT = new URL(parley.url).port;
  browser = await launchBrowser();
  stack.defer(() => browser.close());
});
after(() => stack.disposeAsync());

/** Opens a channel with a name in a new browser context, and waits until it is live. */
async function openPage(
  name: string,
  channel: string,
): Promise<{ page: Page; context: BrowserContext; faults: string[] }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('dialog', (dialog) => faults.push(`dialog: ${dialog.message()}`));
  await page.goto(`${parley.url}/${channel}`);
  await page.getByTestId('name-input').fill(name);
  await live(page);
  return { page, context, faults };
}

test(
  'a message sent on one page appears on the other, with its author and its server',
  options,
  async () => {
    const one = await openPage('Ada', 'two-pages');
    const two = await openPage('Bob', 'two-pages');
    await sendMessage(one.page, 'hello from Ada');
    await shows(two.page, ['hello from Ada']);
    assert.match(await two.page.getByTestId('message-name').innerText(), /Ada/);
    assert.match(await two.page.getByTestId('served-by').innerText(), /test/);
    await sendMessage(two.page, 'hello from Bob');
    await shows(one.page, ['hello from Ada', 'hello from Bob']);
    assert.deepEqual([...one.faults, ...two.faults], []);
    await Promise.all([one.context.close(), two.context.close()]);
  },
);

test(
  'after the server is killed and restarted nothing is lost or repeated, and the page shows the outage',
  options,
  async () => {
    const { page, context, faults } = await openPage('Ada', 'comeback');
    await sendMessage(page, 'before');
    await shows(page, ['before']);
    await parley.end('SIGKILL');
    await page.locator('[data-testid=status][data-state=reconnecting]').waitFor();
    assert.match(await page.getByTestId('status').innerText(), /reconnecting since/i);
    await sendMessage(page, 'while it was away');
    await page.getByTestId('pending').waitFor();
    parley = await start('services/standalone', env);
    await post(parley.url, 'comeback', 'from elsewhere', 'Bob');
    await page.locator('[data-testid=status][data-state=resumed]').waitFor();
    await until('all three messages are shown', async () => (await textsOn(page)).length === 3);
    const log = await wholeLog(parley.url, 'comeback');
    assert.deepEqual(
      await textsOn(page),
      log.map(({ message }) => message),
    );
    assert.equal(log.filter(({ message }) => message === 'while it was away').length, 1);
    await until(
      'nothing is pending',
      async () => (await page.getByTestId('pending').count()) === 0,
    );
    assert.deepEqual(faults, []);
    await context.close();
  },
);

test(
  'a reconnection keeps the draft, the focus and the position in the list',
  options,
  async () => {
    for (let i = 1; i <= 50; i++) await post(parley.url, 'typing', `m${i}`);
    const { page, context } = await openPage('Ada', 'typing');
    await until('the history is shown', async () => (await textsOn(page)).length === 50);
    const input = page.getByTestId('message-input');
    await input.fill('half a sentence');
    await input.press('Home');
    await page.locator('.scroller').hover();
    await page.mouse.wheel(0, -600);
    await page.getByRole('button', { name: 'To the newest' }).waitFor();
    const state = () =>
      page.evaluate(
        "[document.activeElement.dataset.testid, document.activeElement.selectionStart, document.querySelector('.scroller').scrollTop]",
      );
    await parley.end('SIGKILL');
    await page.locator('[data-testid=status][data-state=reconnecting]').waitFor();
    const before = await state();
    assert.partialDeepStrictEqual(before, ['message-input', 0]);
    parley = await start('services/standalone', env);
    await page.locator('[data-testid=status][data-state=resumed]').waitFor();
    await post(parley.url, 'typing', 'm51');
    await until('the new message is shown', async () => (await textsOn(page)).at(-1) === 'm51');
    assert.deepEqual(await state(), before);
    assert.equal(await input.inputValue(), 'half a sentence');
    await context.close();
  },
);

test('a lost answer makes no second message', options, async () => {
  const { page, context } = await openPage('Ada', 'lost-answer');
  let lost = 0;
  await page.route('**/chat/lost-answer', async (route) => {
    if (route.request().method() !== 'POST' || lost > 0) return route.continue();
    lost++;
    await route.fetch();
    await route.abort('connectionreset');
  });
  await sendMessage(page, 'once');
  await until(
    'the message is stored',
    async () => (await wholeLog(parley.url, 'lost-answer')).length > 0,
  );
  await shows(page, ['once']);
  await sendMessage(page, 'and then this');
  await shows(page, ['once', 'and then this']);
  assert.equal(lost, 1);
  assert.equal((await wholeLog(parley.url, 'lost-answer')).length, 2);
  await context.close();
});

test('names and texts with markup are shown as text', options, async () => {
  const evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
  await post(parley.url, 'markup', evil, '<b onmouseover=alert(3)>eve</b>');
  const { page, context, faults } = await openPage('Ada', 'markup');
  await shows(page, [evil]);
  assert.match(
    await page.getByTestId('message-name').innerText(),
    /<b onmouseover=alert\(3\)>eve<\/b>/,
  );
  assert.equal(
    await page.locator('[data-testid=message] :is(script, img, b[onmouseover])').count(),
    0,
  );
  assert.deepEqual(faults, []);
  await context.close();
});

test(
  'the history is shown on opening, and the channel can be chosen on the start page',
  options,
  async () => {
    for (let i = 1; i <= 60; i++) await post(parley.url, 'history', `m${i}`);
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const page = await context.newPage();
    await page.goto(parley.url);
    await page.getByTestId('channel-input').fill('history');
    await page.getByTestId('channel-open').click();
    await page.waitForURL(`${parley.url}/history`);
    await until(
      'the newest messages are shown',
      async () => (await textsOn(page)).at(-1) === 'm60',
    );
    // A click() would scroll to the button first, and near the top earlier messages load
    // automatically.
    await page.getByRole('button', { name: /earlier/i }).dispatchEvent('click');
    await until('the oldest messages are shown', async () => (await textsOn(page))[0] === 'm1');
    assert.equal((await textsOn(page)).length, 60);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    assert.equal(width, 390);
    await context.close();
  },
);

test(
  'hashed assets may be cached for ever, the page may not, and every channel has a page',
  options,
  async () => {
    const page = await fetch(`${parley.url}/any-channel`);
    assert.equal(page.headers.get('cache-control'), 'no-cache');
    const html = await page.text();
    const asset = /\/assets\/[^"]+\.js/.exec(html)?.[0];
    const answer = await fetch(`${parley.url}${asset}`);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal((await fetch(`${parley.url}/assets/none.js`)).status, 404);
    assert.equal((await fetch(`${parley.url}/no%20channel`)).status, 400);
  },
);

test('the page takes at most 80 KB, compressed', options, async () => {
  const headers = { 'accept-encoding': 'gzip' };
  const html = await (await fetch(`${parley.url}/`)).text();
  const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file]) => file);
  const answers = await Promise.all(
    ['/', ...files].map((file) => fetch(`${parley.url}${file}`, { method: 'HEAD', headers })),
  );
  const sizes = answers.map(({ headers }) => Number(headers.get('content-length')));
  assert.ok(sizes.length >= 4 && sizes.every((size) => size > 0), sizes.join());
  const size = sizes.reduce((sum, one) => sum + one);
  assert.ok(size <= 80_000, `${size} bytes`);
});

test('the page and its files are compressed, and streams are not', options, async () => {
  const html = await (await fetch(`${parley.url}/any-channel`)).text();
  const files = [...html.matchAll(/\/assets\/[^"]+\.(?:js|css)/g)].map(([file]) => file);
  assert.ok(files.length >= 2);
  for (const path of ['/', '/any-channel', ...files]) {
    for (const coding of ['br', 'gzip']) {
      const headers = { 'accept-encoding': coding };
      const answer = await fetch(`${parley.url}${path}`, { headers });
      assert.equal(answer.headers.get('content-encoding'), coding, path);
      assert.equal(answer.headers.get('vary'), 'Accept-Encoding');
      const tag = answer.headers.get('etag') ?? '';
      const known = { ...headers, 'if-none-match': tag, 'cache-control': 'max-age=0' };
      assert.equal((await fetch(`${parley.url}${path}`, { headers: known })).status, 304);
    }
  }
  const ended = new AbortController();
  const { headers } = await fetch(`${parley.url}/broadcast/any-channel`, {
    headers: { 'accept-encoding': 'br, gzip' },
    signal: ended.signal,
  });
  ended.abort();
  assert.equal(headers.get('content-encoding'), null);
});

test(
  'for a missing path a browser gets a page, and a program gets a problem',
  options,
  async () => {
    const html = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
    for (const path of ['/no%20channel', '/a/b', '/metrics/none', '/assets/none.html', '/events']) {
      const shown = await fetch(`${parley.url}${path}`, { headers: html });
      const response = await fetch(`${parley.url}${path}`);
      if (shown.status === 200) {
        assert.equal(response.status, 200, path);
        continue;
      }
      assert.equal(shown.status, 404, path);
      assert.match(shown.headers.get('content-type') ?? '', /^text\/html/, path);
      assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/, path);
    }
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${parley.url}/a/b`);
    await page.getByRole('heading', { name: 'No channel here' }).waitFor();
    await context.close();
  },
);

test(
  'an unfinished message survives a change of channel, going back and a reload',
  options,
  async () => {
    await post(parley.url, 'draft-two', 'hi');
    const { page, context } = await openPage('Ada', 'draft-one');
    const input = page.getByTestId('message-input');
    await input.fill('half a thought');
    await page.locator('.sidebar').getByText('draft-two').click();
    await page.waitForURL('**/draft-two');
    assert.equal(await input.inputValue(), '');
    await input.fill('another');
    await page.goBack();
    assert.equal(await input.inputValue(), 'half a thought');
    await page.reload();
    assert.equal(await input.inputValue(), 'half a thought');
    await live(page);
    await input.press('Enter');
    await shows(page, ['half a thought']);
    await page.reload();
    assert.equal(await input.inputValue(), '');
    await page.goForward();
    assert.equal(await input.inputValue(), 'another');
    await context.close();
  },
);

test(
  'dates and numbers are English like the page, in every browser language',
  options,
  async () => {
    const longAgo = '2025-11-17T12:00:00.000Z';
    const context = await browser.newContext({ locale: 'de-DE' });
    const page = await context.newPage();
    await post(parley.url, 'german', 'hallo', 'Ada');
    await page.route('**/chat/german/events?**', async (route) => {
      const response = await route.fetch();
      const log = (await response.json()) as { events: { at: string }[] };
      for (const event of log.events) event.at = longAgo;
      await route.fulfill({ response, json: log });
    });
    await page.goto(`${parley.url}/german`);
    await page.getByTestId('message').waitFor();
    assert.match(await page.locator('.rows h2').innerText(), /^Monday,? 17 November/);
    assert.match(
      (await page.getByTestId('message').locator('time').getAttribute('title')) ?? '',
      /^Monday,? 17 November 2025/,
    );
    await context.close();
  },
);
