import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axeFaults } from '@parley/testkit/clients/axe-faults.ts';
import {
  faultsOf,
  launchBrowser,
  live,
  sendMessage,
  shows,
} from '@parley/testkit/clients/browser-page.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { until } from '@parley/testkit/until.ts';
import type { Browser, Page } from 'playwright-core';
import { newAdministrator } from '../accounts/administrator.ts';
import { type OpenIdDeployment, startOpenIdDeployment } from '../accounts/openid-deployment.ts';

const options = needs('chromium');
const stack = new AsyncDisposableStack();
let browser: Browser;
let open: OpenIdDeployment;
let required: OpenIdDeployment;

before(async () => {
  if (options.skip) return;
  open = stack.use(await startOpenIdDeployment());
  required = stack.use(await startOpenIdDeployment({ AUTH: 'required', SIGN_UP: 'closed' }));
  browser = await launchBrowser();
  stack.defer(() => browser.close());
});
after(() => stack.disposeAsync());

/** Waits for the page of the provider. */
const atProvider = (page: Page, { provider }: OpenIdDeployment) =>
  page.waitForURL(`${provider.issuer}/interaction/*`);

/** Fills in the form of the provider. */
async function signInAtProvider(page: Page, at: OpenIdDeployment, login: string): Promise<void> {
  await atProvider(page, at);
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
}

/** Opens a page in a new browser context, which must show no fault. */
async function openPage(address: string) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const faults = await faultsOf(page);
  await page.goto(address);
  return { page, context, faults };
}

const faultIn = (place: string, page: Page) =>
  page.getByTestId(place).getByTestId('provider-fault').innerText();

test(
  'a person signs in by the provider on the page, posts, and is signed in in every tab',
  options,
  async () => {
    const { parley, provider, folder } = open;
    provider.people.set('grace-id', { preferred_username: 'grace' });
    const { page, context, faults } = await openPage(`${parley.url}/lobby`);
    await live(page);
    const otherTab = await context.newPage();
    await otherTab.goto(`${parley.url}/other`);
    await live(otherTab);
    await page.getByTestId('sign-in').click();
    assert.equal(await page.getByTestId('provider').innerText(), 'Sign in with Team login');
    assert.deepEqual(await axeFaults(page), []);
    await page.getByTestId('provider').click();
    await signInAtProvider(page, open, 'grace-id');
    await page.waitForURL(`${parley.url}/lobby`);
    await page.getByTestId('account-name').waitFor();
    assert.equal(await page.getByTestId('account-name').innerText(), 'grace');
    await otherTab.getByTestId('account-name').waitFor();
    await live(page);
    await sendMessage(page, 'hello');
    await shows(page, ['hello']);
    assert.equal(await page.getByTestId('account-mark').count(), 1);
    await page.getByTestId('account-menu').click();
    await page.getByTestId('sign-out').waitFor();
    assert.equal(await page.getByTestId('change-password').count(), 0);
    await page.getByTestId('sign-out').click();
    await page.getByTestId('sign-in').waitFor();

    const root = await newAdministrator(parley.url, folder);
    await root.browser.send('POST', '/users/grace/suspended');
    await page.getByTestId('sign-in').click();
    await page.getByTestId('provider').click();
    // The provider still knows the browser.
    await page.waitForURL(`${parley.url}/lobby`);
    assert.match(await faultIn('account-dialog', page), /^This account is suspended/);
    await page.reload();
    await live(page);
    assert.equal(await page.getByTestId('account-dialog').count(), 0);
    assert.deepEqual(faults, []);
    await context.close();
  },
);

test(
  'where an account is required, the page says why a sign-in failed, and an invitation helps',
  options,
  async () => {
    const { parley, provider } = required;
    const { page, context, faults } = await openPage(`${parley.url}/team.plans`);
    await page.getByTestId('sign-in-page').getByTestId('provider').click();
    await atProvider(page, required);
    await page.getByText('Cancel').click();
    await page.waitForURL(`${parley.url}/team.plans`);
    assert.equal(await faultIn('sign-in-page', page), 'The sign-in was cancelled.');
    await page.getByTestId('account-dialog').waitFor({ state: 'detached' });
    assert.deepEqual(await axeFaults(page), []);
    await page.getByTestId('provider').click();
    await signInAtProvider(page, required, 'lin-id');
    await page.waitForURL(`${parley.url}/team.plans`);
    assert.match(await faultIn('sign-in-page', page), /^You need an invitation/);

    const line = parley.output.find((one) => one.includes('#invitation=')) ?? '';
    provider.people.set('lin-id', { name: 'Lin' });
    await page.goto(`${parley.url}/${/#invitation=[\w-]+/.exec(line)?.[0]}`);
    await page.getByTestId('link-page').getByTestId('provider').waitFor();
    assert.deepEqual(await axeFaults(page), []);
    await page.getByTestId('provider').click();
    await page.getByTestId('account-menu').click();
    await page.getByTestId('administration').waitFor();
    assert.equal(await page.getByTestId('account-name').innerText(), 'Lin');
    assert.deepEqual(faults, []);
    await context.close();
  },
);

test('the button says that the provider is away', options, async () => {
  const { parley, provider } = open;
  await provider[Symbol.asyncDispose]();
  const guest = new BrowserSession(parley.url);
  const isAway = async () => (await guest.send('POST', '/session/openid')).status === 503;
  await until('Parley knows that the provider is away', isAway, 30_000);
  const { page, context, faults } = await openPage(`${parley.url}/lobby`);
  await live(page);
  await page.getByTestId('sign-in').click();
  await page.getByTestId('provider').click();
  await page.getByTestId('provider-fault').waitFor();
  await page.goto(`${parley.url}/?again#sign-in=denied`);
  await page.getByText('The sign-in was cancelled.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('sign-in').click();
  await page.getByTestId('provider').waitFor();
  assert.equal(await page.getByTestId('provider-fault').count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test('all traffic matched the API documents', options, async () => {
  assert.equal(await open.parley.end('SIGTERM'), 0);
  assert.equal(await required.parley.end('SIGTERM'), 0);
});
