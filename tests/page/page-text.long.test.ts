import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { faultsOf, live } from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { until } from '@parley/testkit/until.ts';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const shared = startServerAndBrowser();
const { options } = shared;

const TEXT = [
  'See **this**: https://example.org/a_(b), *now*.',
  '',
  '- `one <b>`',
  '- two',
  '```',
  '<script>alert(1)</script>',
  '```',
].join('\n');

async function openPage(channel: string) {
  const context = await shared.browser.newContext();
  stack.defer(() => context.close());
  const page = await context.newPage();
  const faults = await faultsOf(page);
  await page.goto(`${shared.parley.url}/${channel}`);
  await live(page);
  return { page, faults, context };
}

test(
  'links, code, emphasis and lists are shown as such, and never as markup',
  options,
  async () => {
    await post(shared.parley.url, 'formats', TEXT, 'Bob');
    const { page, faults } = await openPage('formats');
    const text = page.getByTestId('message-text');
    await text.waitFor();
    assert.equal(await text.locator('strong').innerText(), 'this');
    assert.equal(await text.locator('em').innerText(), 'now');
    assert.deepEqual(await text.locator('li').allInnerTexts(), ['one <b>', 'two']);
    assert.equal(await text.locator('pre').innerText(), '<script>alert(1)</script>');
    const link = text.locator('a');
    assert.equal(await link.innerText(), 'https://example.org/a_(b)');
    assert.equal(await link.getAttribute('href'), 'https://example.org/a_(b)');
    assert.equal(await link.getAttribute('target'), '_blank');
    assert.match((await link.getAttribute('rel')) ?? '', /noopener noreferrer/);
    assert.deepEqual(faults, []);
  },
);

test('a link shows the host that the browser will open', options, async () => {
  await post(shared.parley.url, 'hosts', 'https://аррlе.com/ and javascript:alert(1)', 'Bob');
  const { page } = await openPage('hosts');
  const text = page.getByTestId('message-text');
  await text.waitFor();
  assert.equal(
    await text.innerText(),
    'https://аррlе.com/ (xn--l-7sbq6ba.com) and javascript:alert(1)',
  );
  assert.equal(await text.locator('a').count(), 1);
});

test(
  'with the setting off every text is shown as it was written, in all tabs',
  options,
  async () => {
    await post(shared.parley.url, 'as-written', TEXT, 'Bob');
    const { page, context } = await openPage('as-written');
    const other = await context.newPage();
    await other.goto(`${shared.parley.url}/as-written`);
    await other.locator('[data-testid=message-text] strong').waitFor();
    await page.getByTestId('settings').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    for (const tab of [page, other]) {
      await until(
        'the text is as written',
        async () => (await tab.getByTestId('message-text').innerText()) === TEXT,
      );
      assert.equal(await tab.locator('[data-testid=message-text] *').count(), 0);
    }
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('switch').count(), 0);
    assert.equal(await page.evaluate('document.activeElement.dataset.testid'), 'settings');
    await page.reload();
    await live(page);
    assert.equal(await page.getByTestId('message-text').innerText(), TEXT);
  },
);
