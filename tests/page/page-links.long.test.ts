import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faultsOf, launchBrowser } from '@parley/testkit/clients/browser-page.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import type { Browser, Page } from 'playwright-core';

const PASSWORD = 'correct horse battery staple';
const NEW_PASSWORD = 'a quite different staple';
const stack = new AsyncDisposableStack();
const options = needs('chromium');
let browser: Browser;
let parley: Running;

before(async () => {
  if (options.skip) return;
  const folder = stack.use(await temporaryFolder()).path;
  parley = stack.use(await start('services/standalone', { DATA_DIR: folder, SIGN_UP: 'closed' }));
  browser = await launchBrowser();
  stack.defer(() => browser.close());
});
after(() => stack.disposeAsync());

/** Opens a link in a new browser context and fills in its form. */
async function use(link: string, fields: Record<string, string>): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const faults = await faultsOf(page);
  stack.defer(() => assert.deepEqual(faults, []));
  await page.goto(link);
  await page.getByTestId('link-page').waitFor();
  assert.equal(new URL(page.url()).hash, '', 'the secret leaves the address');
  for (const [name, value] of Object.entries(fields))
    await page.getByTestId(`account-${name}`).fill(value);
  await page.getByTestId('account-submit').click();
  return page;
}

const gone = (page: Page) => page.getByTestId('link-page').waitFor({ state: 'detached' });

test(
  'links make the first administrator and accounts, and set a new password, once',
  options,
  async () => {
    const links = () => /"link":"([^"]+)"/.exec(parley.output.join('\n'));
    await until('a link is printed', () => links() !== null);
    const first = links()?.[1] ?? '';
    const fields = { username: 'Root', email: 'root@example.org', password: PASSWORD };
    await gone(await use(first, fields));
    const root = new BrowserSession(parley.url);
    const login = { login: 'root', password: PASSWORD };
    assert.equal((await root.send('POST', '/session', login)).body.admin, true);
    const again = await use(first, { ...fields, username: 'x', email: 'x@example.org' });
    const fault = again.getByTestId('account-fault');
    assert.match((await fault.textContent()) ?? '', /used or has expired/);

    const invited = (await root.send('POST', '/invitations')).body.link as string;
    const eve = { username: 'Eve', email: 'eve@example.org', password: PASSWORD };
    await gone(await use(invited, eve));
    const reset = (await root.send('POST', '/users/eve/reset-link')).body.link as string;
    await gone(await use(reset, { newPassword: NEW_PASSWORD }));
    const session = await new BrowserSession(parley.url).send('POST', '/session', {
      login: 'eve',
      password: NEW_PASSWORD,
    });
    assert.deepEqual([session.status, session.body.admin], [200, false]);
  },
);

test('all traffic matched the API documents', options, async () => {
  assert.equal(await parley.end('SIGTERM'), 0);
});
