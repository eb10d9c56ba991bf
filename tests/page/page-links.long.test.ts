import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { faultsOf, launchBrowser } from '@parley/testkit/clients/browser-page.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { makeCertificate } from '@parley/testkit/credentials/certificates.ts';
import {
  linkOf,
  type MailServer,
  smtpUrlOf,
  startMailServer,
} from '@parley/testkit/mail/mail-server.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
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
let mails: MailServer;

before(async () => {
  if (options.skip) return;
  const folder = stack.use(await temporaryFolder()).path;
  const { ca, ...certificate } = await makeCertificate('localhost');
  writeFileSync(`${folder}/ca.crt`, ca);
  mails = stack.use(await startMailServer(certificate));
  const port = await freePort();
  const env = {
    DATA_DIR: folder,
    SIGN_UP: 'closed',
    PORT: String(port),
    SMTP_URL: smtpUrlOf(mails.port),
    SMTP_CA_FILE: `${folder}/ca.crt`,
    MAIL_FROM: 'chat@example.org',
    PUBLIC_URL: `http://127.0.0.1:${port}`,
  };
  parley = stack.use(await start('services/standalone', env));
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

test(
  'an address is confirmed, and a forgotten password is set, by links in mails',
  options,
  async () => {
    const root = new BrowserSession(parley.url);
    await root.send('POST', '/session', { login: 'root', password: PASSWORD });
    const to = 'grace@example.org';
    await root.send('POST', '/invitations', { email: to });
    const fields = { username: 'Grace', password: PASSWORD };
    const page = await use(linkOf(await mails.mailTo(to)), fields);
    await gone(page);
    const lobby = `${parley.url}/lobby`;
    await page.goto(lobby);
    await page.getByTestId('account-menu').click();
    await page.getByTestId('change-email').click();
    await page.getByTestId('account-email').fill(to);
    await page.getByTestId('account-password').fill('wrong one');
    await page.getByTestId('account-submit').click();
    await page.getByTestId('account-fault').waitFor();
    await page.getByTestId('account-password').fill(PASSWORD);
    await page.getByTestId('account-submit').click();
    await page.getByTestId('account-sent').waitFor();
    const confirming = await use(linkOf(await mails.mailTo(to, 2)), {});
    await confirming.getByTestId('account-sent').waitFor();
    await page.reload();
    await page.getByTestId('account-menu').click();
    await page.getByTestId('change-email').click();
    await page.getByText('Confirmed.').waitFor();
    assert.equal(await page.getByTestId('account-email').inputValue(), to);

    const other = await (await browser.newContext()).newPage();
    await other.goto(lobby);
    await other.getByTestId('sign-in').click();
    await other.getByTestId('account-forgot').click();
    await other.getByTestId('account-login').fill(to);
    await other.getByTestId('account-submit').click();
    await other.getByTestId('account-sent').waitFor();
    const reset = await use(linkOf(await mails.mailTo(to, 3)), { newPassword: NEW_PASSWORD });
    await gone(reset);
    await reset.goto(lobby);
    await reset.getByTestId('account-menu').waitFor();
    const login = { login: to, password: NEW_PASSWORD };
    assert.equal((await root.send('POST', '/session', login)).body.username, 'Grace');
  },
);

test('all traffic matched the API documents', options, async () => {
  assert.equal(await parley.end('SIGTERM'), 0);
});
