import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser, live, say, shows, textsOn } from './browser-page.ts';
import { wholeLog } from './event-log.ts';
import { post } from './post.ts';
import { needs } from './real-parts.ts';
import { type Running, start } from './running.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

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

/** A page in a browser of its own, with a name, open on a channel and live. */
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
  'a message sent on one page appears on the other, with its name and who served it',
  options,
  async () => {
    const one = await openPage('Ada', 'two-pages');
    const two = await openPage('Bob', 'two-pages');
    await say(one.page, 'hello from Ada');
    await shows(two.page, ['hello from Ada']);
    assert.match(await two.page.getByTestId('message-name').innerText(), /Ada/);
    assert.match(await two.page.getByTestId('served-by').innerText(), /test/);
    await say(two.page, 'hello from Bob');
    await shows(one.page, ['hello from Ada', 'hello from Bob']);
    assert.deepEqual([...one.faults, ...two.faults], []);
    await Promise.all([one.context.close(), two.context.close()]);
  },
);

test(
  'a server that is killed and comes back loses nothing and repeats nothing, and the page says what happened',
  options,
  async () => {
    const { page, context, faults } = await openPage('Ada', 'comeback');
    await say(page, 'before');
    await shows(page, ['before']);
    await parley.end('SIGKILL');
    await page.locator('[data-testid=status][data-state=reconnecting]').waitFor();
    assert.match(await page.getByTestId('status').innerText(), /reconnecting since/i);
    await say(page, 'while it was away');
    await page.getByTestId('pending').waitFor();
    parley = await start('services/standalone', env);
    await post(parley.url, 'comeback', 'from elsewhere', 'Bob');
    await page.locator('[data-testid=status][data-state=resumed]').waitFor();
    await until('all three are there', async () => (await textsOn(page)).length === 3);
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
  'a reconnection leaves the draft, the focus and the place in the list alone',
  options,
  async () => {
    for (let i = 1; i <= 50; i++) await post(parley.url, 'typing', `m${i}`);
    const { page, context } = await openPage('Ada', 'typing');
    await until('the history is there', async () => (await textsOn(page)).length === 50);
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
    await until('the new one is there', async () => (await textsOn(page)).at(-1) === 'm51');
    assert.deepEqual(await state(), before);
    assert.equal(await input.inputValue(), 'half a sentence');
    await context.close();
  },
);

test('an answer that is lost makes no second message', options, async () => {
  const { page, context } = await openPage('Ada', 'lost-answer');
  let lost = 0;
  await page.route('**/chat/lost-answer', async (route) => {
    if (route.request().method() !== 'POST' || lost > 0) return route.continue();
    lost++;
    await route.fetch();
    await route.abort('connectionreset');
  });
  await say(page, 'once');
  await until('it is stored', async () => (await wholeLog(parley.url, 'lost-answer')).length > 0);
  await shows(page, ['once']);
  await say(page, 'and then this');
  await shows(page, ['once', 'and then this']);
  assert.equal(lost, 1);
  assert.equal((await wholeLog(parley.url, 'lost-answer')).length, 2);
  await context.close();
});

test('names and texts with markup are text', options, async () => {
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
  'the history is there on opening, and the channel can be chosen on the first page',
  options,
  async () => {
    for (let i = 1; i <= 60; i++) await post(parley.url, 'history', `m${i}`);
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const page = await context.newPage();
    await page.goto(parley.url);
    await page.getByTestId('channel-input').fill('history');
    await page.getByTestId('channel-open').click();
    await page.waitForURL(`${parley.url}/history`);
    await until('the newest are shown', async () => (await textsOn(page)).at(-1) === 'm60');
    // A click() would scroll to it first, and near the top they come by themselves.
    await page.getByRole('button', { name: /earlier/i }).dispatchEvent('click');
    await until('the oldest are shown', async () => (await textsOn(page))[0] === 'm1');
    assert.equal((await textsOn(page)).length, 60);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    assert.equal(width, 390);
    await context.close();
  },
);

test(
  'hashed assets may be kept for ever, the page may not, and every channel has one',
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
