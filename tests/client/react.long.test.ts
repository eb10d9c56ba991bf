import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { launchBrowser } from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { bundle } from './bundle.ts';

test(
  'useChannel and useConnection draw what arrives, and close the channels that they opened',
  needs('chromium'),
  async () => {
    const code = await bundle(fileURLToPath(new URL('react-app.ts', import.meta.url)));
    await using folder = await temporaryFolder();
    await using parley = await start('services/standalone', {
      DATA_DIR: folder.path,
      CANARY_SECONDS: '0',
    });
    for (const text of ['a', 'b', 'c', 'd']) await post(parley.url, 'one', text);
    await using browser = await launchBrowser();
    const page = await (await browser.newContext()).newPage();
    const faults: string[] = [];
    page.on('pageerror', ({ message }) => faults.push(message));
    page.on('console', (line) => line.type() === 'error' && faults.push(line.text()));
    await page.route('**/app', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: '<!doctype html><body><script type="module" src="/app.js"></script>',
      }),
    );
    await page.route('**/app.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: code }),
    );
    await page.goto(`${parley.url}/app`);
    const lists = () => page.locator('.list').allInnerTexts();
    const show = (wanted: string[]) =>
      until(`the lists are ${wanted}`, async () => String(await lists()) === String(wanted));
    await show(['own:', 'one: b c d', 'one: b c d', 'two:']);
    await until('it is live', async () => (await page.locator('output').innerText()) === 'live');
    await post(parley.url, 'two', 'x');
    await show(['own:', 'one: b c d', 'one: b c d', 'two: x']);
    await page.locator('.list').last().click();
    await show(['own:', 'one: b c d', 'one: b c d', 'two: x posted']);
    const readers = async (channel: string) => {
      const { guests } = (await (
        await fetch(`${parley.url}/broadcast/${channel}/presence`)
      ).json()) as { guests: number };
      return guests;
    };
    await page.getByText('fewer').click();
    await page.getByText('fewer').click();
    await show(['one: b c d', 'two: x posted']);
    assert.equal(await readers('one'), 1);
    await page.getByText('fewer').click();
    await show(['two: x posted']);
    await until('the channel is closed', async () => (await readers('one')) === 0);
    assert.equal(await readers('two'), 1);
    assert.equal(await readers('own'), 1);

    const root = { sub: 'root', role: 'admin' as const, publish: ['**'], subscribe: ['**'] };
    const key = openSigningKey(readFileSync(`${folder.path}/token.key`, 'utf8'));
    const headers = bearerHeader(key.sign(root, 600));
    const renamed = await ask('PUT', `${parley.url}/chat/two/name`, headers, { name: 'three' });
    assert.equal(renamed.status, 200);
    await post(parley.url, 'three', 'y');
    await show(['two: x posted y']);
    await page.getByText('more').click();
    await until('both are shown', async () => (await lists()).length === 2);
    await page.getByText('fewer').click();
    await until('one is shown', async () => (await lists()).length === 1);
    await post(parley.url, 'three', 'z');
    await until('it goes on', async () => String(await lists()).endsWith('z'));
    await page.getByText('fewer').click();
    await until('the channel is closed', async () => (await readers('three')) === 0);
    assert.deepEqual(faults, []);
  },
);
