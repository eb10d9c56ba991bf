import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { listen } from '@parley/kit/http/server/listen.ts';
import { faultsOf, live, sendMessage } from '@parley/testkit/clients/browser-page.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { until } from '@parley/testkit/until.ts';
import type { Page } from 'playwright-core';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const shared = startServerAndBrowser();
const { options } = shared;

/** The effect of each attack if it succeeds. */
const EFFECT = "document.documentElement.dataset.hit='1'";

const ATTACKS = [
  `<img src=x onerror="${EFFECT}">`,
  `<script>${EFFECT}</script>`,
  `</script><script>${EFFECT}</script>`,
  `</textarea></title></style><svg onload="${EFFECT}">`,
  `"><body onload="${EFFECT}">`,
  `' onmouseover='${EFFECT}' x='`,
  `<iframe srcdoc="<script>parent.${EFFECT}</script>"></iframe>`,
  `<a href="javascript:${EFFECT}">here</a>`,
  `javascript:${EFFECT}`,
  `{{constructor.constructor("${EFFECT}")()}}`,
  `\${${EFFECT}}`,
  `<math><mtext><table><mglyph><style><img src=x onerror="${EFFECT}">`,
];

interface Watched {
  page: Page;
  /** Dialogs, errors and violations of the page's policy. */
  faults: string[];
}

/** Opens a page in a new browser context that records what ran, failed or was blocked. */
async function watchedPage(): Promise<Watched> {
  const context = await shared.browser.newContext();
  stack.defer(() => context.close());
  const page = await context.newPage();
  return { page, faults: await faultsOf(page) };
}

async function assertNothingRan({ page, faults }: Watched): Promise<void> {
  assert.equal(await page.locator('html').getAttribute('data-hit'), null);
  assert.deepEqual(faults, []);
}

/** Nodes that could run code: elements that our page never has, and attributes with scripts. */
function dangerousNodes(page: Page): Promise<string[]> {
  return page.evaluate(`
    const elements = /^(script|img|iframe|object|embed|math|style)$/i;
    const runs = ({ name, value }) =>
      name.startsWith('on') || (name !== 'value' && /^\\s*javascript:/i.test(value));
    [...document.querySelectorAll('#root *')]
      .filter((node) => elements.test(node.nodeName) || [...node.attributes].some(runs))
      .map(({ outerHTML }) => outerHTML)`);
}

test('the page runs under its policy and never violates it', options, async () => {
  const watched = await watchedPage();
  const { page } = watched;
  const answer = await page.goto(`${shared.parley.url}/policy`);
  assert.match(answer?.headers()['content-security-policy'] ?? '', /script-src 'self';/);
  await page.getByTestId('name-input').fill('Ada');
  await live(page);
  await sendMessage(page, 'said under a policy');
  await page.getByTestId('message-text').waitFor();
  await page.goto(shared.parley.url);
  await page.getByTestId('channel-input').waitFor();
  await assertNothingRan(watched);
});

test('scripts in names and texts are shown as text, live and as history', options, async () => {
  const watched = await watchedPage();
  const { page } = watched;
  const half = ATTACKS.length / 2;
  for (const attack of ATTACKS.slice(0, half)) {
    await post(shared.parley.url, 'attacks', attack, attack.slice(0, 64).trim());
  }
  await page.goto(`${shared.parley.url}/attacks`);
  await page.getByTestId('name-input').fill(ATTACKS[0]?.slice(0, 40) ?? '');
  await live(page);
  for (const attack of ATTACKS.slice(half, -1)) {
    await post(shared.parley.url, 'attacks', attack, attack.slice(0, 64).trim());
  }
  await sendMessage(page, ATTACKS.at(-1) ?? '');
  const texts = page.getByTestId('message-text');
  await until('all are shown', async () => (await texts.count()) === ATTACKS.length);
  assert.deepEqual(await texts.allTextContents(), ATTACKS);
  assert.deepEqual(await dangerousNodes(page), []);
  await page.reload();
  await until('all are shown again', async () => (await texts.count()) === ATTACKS.length);
  assert.deepEqual(await dangerousNodes(page), []);
  await assertNothingRan(watched);
});

const NAMES = [
  'constructor',
  'javascript',
  'script',
  'onerror',
  'toString',
  'hasOwnProperty',
  'ıЅ',
  'a--b..c',
];

test('names with a meaning elsewhere work as channels', options, async () => {
  const watched = await watchedPage();
  const { page } = watched;
  for (const name of NAMES) {
    await page.goto(`${shared.parley.url}/${encodeURIComponent(name)}`);
    await page.getByTestId('name-input').fill('Ada');
    await live(page);
    await sendMessage(page, name);
    await page.getByTestId('message-text').waitFor();
    assert.equal((await wholeLog(shared.parley.url, name)).length, 1, name);
  }
  await page.goto(shared.parley.url);
  await page.getByText('hasOwnProperty').first().waitFor();
  assert.deepEqual(await dangerousNodes(page), []);
  await assertNothingRan(watched);
});

test(
  'an invalid channel name opens no channel, neither by its address nor on the start page',
  options,
  async () => {
    const watched = await watchedPage();
    const { page } = watched;
    for (const attack of ATTACKS) {
      await page.goto(`${shared.parley.url}/${encodeURIComponent(attack)}`);
      await page.goto(shared.parley.url);
      await page.getByTestId('channel-input').fill(attack);
      await page.getByTestId('channel-input').press('Enter');
      assert.equal(new URL(page.url()).origin, shared.parley.url);
      assert.deepEqual(await dangerousNodes(page), []);
    }
    await assertNothingRan(watched);
  },
);

/** Scripts in the page itself, as an attacker could inject them. */
const smuggled = (foreign: string) => [
  `<script>${EFFECT}</script>`,
  `<img src=x onerror="${EFFECT}">`,
  `<svg onload="${EFFECT}"></svg>`,
  `<script src="${foreign}/evil.js"></script>`,
  `<script src="data:text/javascript,${encodeURIComponent(EFFECT)}"></script>`,
  `<object data="data:text/html,<script>${EFFECT}</script>"></object>`,
  `<iframe srcdoc="&lt;script&gt;parent.${EFFECT}&lt;/script&gt;"></iframe>`,
  `<base href="${foreign}/"><script src="evil.js"></script>`,
  `<a id="lure" href="javascript:${EFFECT}">here</a>`,
];

test('a script that was injected into the page does not run', options, async () => {
  const elsewhere = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/javascript').end(EFFECT);
  });
  await listen(elsewhere, { host: '127.0.0.1', port: 0, setting: 'PORT' });
  stack.defer(() => void elsewhere.close());
  const { port } = elsewhere.address() as { port: number };
  for (const evil of smuggled(`http://127.0.0.1:${port}`)) {
    const { page, faults } = await watchedPage();
    await page.route('**/smuggled', async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('<body>', `<body>${evil}`);
      await route.fulfill({ response, body });
    });
    await page.goto(`${shared.parley.url}/smuggled`);
    const lure = page.locator('#lure');
    if (await lure.count()) await lure.dispatchEvent('click');
    await until(`${evil} is blocked`, () => faults.some((fault) => /^breach/.test(fault)));
    assert.equal(await page.locator('html').getAttribute('data-hit'), null, evil);
    await page.context().close();
  }
});

test('the page cannot turn text into markup', options, async () => {
  const { page, faults } = await watchedPage();
  await page.goto(`${shared.parley.url}/trusted-types`);
  await page.getByTestId('name-input').waitFor();
  const outcome = await page.evaluate(`
    try {
      document.body.innerHTML += '<b>markup</b>';
      'taken';
    } catch (error) {
      error.name;
    }`);
  assert.equal(outcome, 'TypeError');
  await until('the violation is reported', () =>
    faults.some((fault) => fault.includes('trusted-types')),
  );
});
