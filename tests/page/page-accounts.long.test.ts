import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import {
  faultsOf,
  launchBrowser,
  live,
  sendMessage,
  shows,
} from '@parley/testkit/clients/browser-page.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { PROGRAM_ENV } from '@parley/testkit/program-env.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

const PASSWORD = 'correct horse battery staple';
/** More events than a page reads at its start. */
const MORE_THAN_A_PAGE = 61;
const NEW_PASSWORD = 'a quite different staple';
const run = promisify(execFile);
const stack = new AsyncDisposableStack();
const options = needs('chromium');
let browser: Browser;
let open: Deployment;
let required: Deployment;

/** A server and the folder of its accounts. */
interface Deployment {
  parley: Running;
  folder: string;
}

async function startDeployment(env: Record<string, string> = {}): Promise<Deployment> {
  const folder = stack.use(await temporaryFolder()).path;
  const parley = stack.use(await start('services/standalone', { DATA_DIR: folder, ...env }));
  return { parley, folder };
}

before(async () => {
  if (options.skip) return;
  open = await startDeployment();
  required = await startDeployment({ AUTH: 'required' });
  browser = await launchBrowser();
  stack.defer(() => browser.close());
});
after(() => stack.disposeAsync());

interface Window {
  page: Page;
  context: BrowserContext;
  faults: string[];
}

/** Opens a channel in a new browser context. */
async function openWindow({ parley }: Deployment, channel: string): Promise<Window> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const faults = await faultsOf(page);
  await page.goto(`${parley.url}/${channel}`);
  return { page, context, faults };
}

/** Closes each window's browser context; no window may have a fault. */
async function close(...windows: Window[]): Promise<void> {
  for (const { context, faults } of windows) {
    assert.deepEqual(faults, []);
    await context.close();
  }
}

let people = 0;

/** Creates an account with the API. */
async function newcomer({ parley }: Deployment) {
  const name = `ada-${++people}`;
  const session = new BrowserSession(parley.url);
  const fields = { username: name, email: `${name}@example.org`, password: PASSWORD };
  assert.equal((await session.send('POST', '/users', fields)).status, 201);
  return { name, email: fields.email, session };
}

/** Fills in the account's form and sends it. */
async function submit(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) {
    await page.getByTestId(`account-${name}`).fill(value);
  }
  await page.getByTestId('account-submit').click();
}

/** Signs in from the channel's page. */
async function signIn(page: Page, login: string, password = PASSWORD): Promise<void> {
  await page.getByTestId('sign-in').click();
  await submit(page, { login, password });
  await page.getByTestId('account-name').waitFor();
}

async function openSignedIn(
  deployment: Deployment,
  channel: string,
  name: string,
): Promise<Window> {
  const window = await openWindow(deployment, channel);
  await live(window.page);
  await signIn(window.page, name);
  return window;
}

/** The row of the message with this text. */
function row(page: Page, text: string): Locator {
  return page.getByTestId('message').filter({ hasText: text });
}

async function chooseInMenu(page: Page, what: 'sign-out' | 'change-password'): Promise<void> {
  await page.getByTestId('account-menu').click();
  await page.getByTestId(what).click();
}

/** The names that the page lists in the channel. */
async function present(page: Page): Promise<string[]> {
  return page.getByTestId('present').allTextContents();
}

test(
  'a user signs up, posts, votes, edits, deletes, signs out and signs in by e-mail, and others see it live',
  options,
  async () => {
    const reader = await openWindow(open, 'life');
    const { page, context, faults } = await openWindow(open, 'life');
    await Promise.all([live(page), live(reader.page)]);
    await page.getByTestId('sign-in').click();
    await page.getByTestId('account-other').click();
    const email = 'grace@example.org';
    await submit(page, { username: 'Grace', email, password: PASSWORD });
    await page.getByTestId('account-name').waitFor();
    assert.equal(await page.getByTestId('account-dialog').count(), 0);
    await until('she is present', async () => (await present(reader.page)).join() === 'GGrace');

    await sendMessage(page, 'first');
    await shows(reader.page, ['first']);
    assert.equal(await reader.page.getByTestId('message-name').innerText(), 'Grace');
    await row(page, 'first').hover();
    await row(page, 'first').getByTestId('vote-up').click();
    await row(reader.page, 'first').getByRole('button', { name: 'Vote up, 1 so far' }).waitFor();
    await row(page, 'first').getByTestId('edit').click();
    await page.getByTestId('edit-input').fill('second thoughts');
    await page.getByTestId('edit-input').press('Enter');
    await row(reader.page, 'second thoughts').getByTestId('message-edited').waitFor();
    await row(page, 'second thoughts').hover();
    await row(page, 'second thoughts').getByTestId('delete').click();
    await page.getByTestId('delete-yes').click();
    await reader.page.getByTestId('message-deleted').waitFor();
    await shows(reader.page, []);

    await chooseInMenu(page, 'sign-out');
    await page.getByTestId('sign-in').waitFor();
    await until('she has left', async () => (await present(reader.page)).length === 0);
    await page.getByTestId('sign-in').click();
    await submit(page, { login: email, password: 'not the password' });
    await page.getByText('There is no account with this name and password.').waitFor();
    await submit(page, { password: PASSWORD });
    await page.getByTestId('account-name').waitFor();
    assert.equal(await page.getByTestId('account-name').innerText(), 'Grace');
    await until(
      'she is present again',
      async () => (await present(reader.page)).join() === 'GGrace',
    );
    await close({ page, context, faults }, reader);
  },
);

test('a guest who votes is asked to sign in, and can then vote', options, async () => {
  const { name } = await newcomer(open);
  await post(open.parley.url, 'guests', 'what do you think?');
  const window = await openWindow(open, 'guests');
  const { page } = window;
  await live(page);
  await row(page, 'what').hover();
  await row(page, 'what').getByTestId('vote-up').click();
  await submit(page, { login: name, password: PASSWORD });
  await page.getByTestId('account-name').waitFor();
  assert.equal((await wholeLog(open.parley.url, 'guests'))[0]?.up, 0);
  await row(page, 'what').hover();
  await row(page, 'what').getByTestId('vote-up').click();
  await row(page, 'what').getByRole('button', { name: 'Vote up, 1 so far' }).waitFor();
  await until(
    'the vote counts',
    async () => (await wholeLog(open.parley.url, 'guests'))[0]?.up === 1,
  );
  await close(window);
});

test('a further tab asks for an account at once', options, async () => {
  const window = await openWindow(required, 'asked');
  let streams = 0;
  let latestAt = 0;
  let ofFurther = 0;
  window.context.on('request', (request) => {
    if (!request.url().includes('/broadcast?')) return;
    if (request.frame().page() !== window.page) ofFurther++;
    streams++;
    latestAt = performance.now();
  });
  await window.page.getByTestId('account-login').waitFor();
  // An attempt is one request or two.
  const isOver = () => performance.now() - latestAt > 1_000;
  await until('the next attempt is many seconds away', () => streams >= 10 && isOver(), 40_000);
  const further = await window.context.newPage();
  await further.goto(window.page.url());
  await further.getByTestId('account-login').waitFor();
  assert.equal(ofFurther, 0);
  await close(window);
});

test('after an account has signed out, the page shows nothing of it', options, async () => {
  const [one, two] = [await newcomer(required), await newcomer(required)];
  await one.session.send('POST', '/chat/members', { message: 'for members only' });
  const window = await openWindow(required, 'members');
  const { page } = window;
  await submit(page, { login: one.name, password: PASSWORD });
  await shows(page, ['for members only']);
  await page.locator('.sidebar .channel-list a', { hasText: 'members' }).waitFor();
  await page.getByTestId('message-input').fill('not sent yet');
  // The server is too slow to say what the next visitor may read.
  await page.route(/\/(chat|broadcast)/, () => undefined);
  const expectNothing = async () => {
    assert.equal(await page.getByTestId('message').count(), 0);
    assert.equal(await page.locator('.channel-list a').count(), 0);
    assert.equal(await page.getByTestId('message-input').inputValue(), '');
  };
  await chooseInMenu(page, 'sign-out');
  await page.getByTestId('sign-in').waitFor();
  await expectNothing();
  await signIn(page, two.name);
  await expectNothing();
  await close(window);
});

test(
  'if an account is required the page asks for it, and then opens the channel',
  options,
  async () => {
    const { name } = await newcomer(required);
    const window = await openWindow(required, 'private');
    const { page } = window;
    await page.getByTestId('sign-in-page').waitFor();
    assert.equal(await page.getByTestId('message-input').count(), 0);
    await submit(page, { login: name, password: PASSWORD });
    await live(page);
    await sendMessage(page, 'among ourselves');
    await shows(page, ['among ourselves']);
    await close(window);
  },
);

const ENDS: Record<string, (session: BrowserSession) => Promise<{ status: number }>> = {
  'by a new password': (session) =>
    session.send('POST', '/session/password', { password: PASSWORD, newPassword: NEW_PASSWORD }),
  'by an administrator of the server': async (session) => {
    const { body } = await session.send('GET', '/session');
    await account(required, 'sign-out', String(body.username));
    return { status: 200 };
  },
};

/** Runs `npm run account` on the store of this deployment. */
async function account({ folder }: Deployment, ...args: string[]): Promise<void> {
  const env = { ...PROGRAM_ENV, DATA_DIR: folder };
  await run(process.execPath, ['services/chat/commands/account/main.ts', ...args], { env });
}

for (const [how, end] of Object.entries(ENDS)) {
  test(
    `a session that is ended ${how} is reported in one line, and new messages wait for the next session`,
    options,
    async () => {
      const { name, session } = await newcomer(required);
      const channel = how.replaceAll(' ', '-');
      const window = await openWindow(required, channel);
      const { page } = window;
      await page.getByTestId('sign-in-page').waitFor();
      await submit(page, { login: name, password: PASSWORD });
      await live(page);
      await sendMessage(page, 'before');
      await shows(page, ['before']);
      await page.getByTestId('message-input').fill('half a sentence');
      assert.equal((await end(session)).status, 200);
      await page.getByTestId('session-ended').waitFor();
      assert.equal(await page.getByTestId('session-ended').count(), 1);
      assert.equal(await page.getByTestId('message-input').inputValue(), 'half a sentence');
      await sendMessage(page, 'a whole sentence');
      await page.getByText('waits until you sign in').waitFor();
      await page.getByTestId('message-input').fill('the next half');
      await page.getByTestId('session-ended').getByRole('button', { name: 'Sign in' }).click();
      const password = how === 'by a new password' ? NEW_PASSWORD : PASSWORD;
      await submit(page, { login: name, password });
      await shows(page, ['before', 'a whole sentence']);
      assert.equal(await page.getByTestId('session-ended').count(), 0);
      assert.equal(await page.getByTestId('message-input').inputValue(), 'the next half');
      await live(page);
      await close(window);
    },
  );
}

test(
  'a new password is set in the account menu, keeps this session and ends the others',
  options,
  async () => {
    const { name, session } = await newcomer(open);
    const window = await openSignedIn(open, 'password', name);
    const { page } = window;
    await chooseInMenu(page, 'change-password');
    await submit(page, { password: 'not the password', newPassword: NEW_PASSWORD });
    await page.getByText('This is not the password.').waitFor();
    await submit(page, { password: PASSWORD });
    await page.getByTestId('account-dialog').waitFor({ state: 'detached' });
    assert.equal((await session.send('GET', '/session')).status, 401);
    await sendMessage(page, 'still here');
    await shows(page, ['still here']);
    assert.equal(await page.getByTestId('message-name').innerText(), name);
    assert.equal(await page.getByTestId('session-ended').count(), 0);
    await close(window);
  },
);

test(
  'an open page keeps its stream through several lives of its token, and only one tab renews it',
  options,
  async () => {
    const deployment = await startDeployment({ AUTH: 'required', TOKEN_SECONDS: '10' });
    const { name } = await newcomer(deployment);
    const window = await openWindow(deployment, 'long');
    const { page, context } = window;
    await submit(page, { login: name, password: PASSWORD });
    await live(page);
    const other = await context.newPage();
    await other.goto(`${deployment.parley.url}/long`);
    await live(other);
    const renewals: Page[] = [];
    const streams: string[] = [];
    for (const tab of [page, other]) {
      tab.on('request', (request) => {
        const { pathname } = new URL(request.url());
        if (pathname === '/session/renew') renewals.push(tab);
        if (pathname === '/broadcast') streams.push(pathname);
      });
      await tab.evaluate(WATCH_STATUS);
    }
    await until('the token was renewed often', () => renewals.length >= 3, 60_000);
    assert.deepEqual(streams, []);
    assert.equal(new Set(renewals).size, 1);
    for (const tab of [page, other]) assert.deepEqual(await tab.evaluate('statuses'), []);
    await sendMessage(other, 'still here');
    for (const tab of [page, other]) await shows(tab, ['still here']);
    await close(window);
  },
);

/** Collects the states of the connection that the page shows from now on. */
const WATCH_STATUS = `
  const status = document.querySelector('[data-testid=status]');
  window.statuses = [];
  new MutationObserver(() => statuses.push(status.dataset.state))
    .observe(status, { attributes: true, attributeFilter: ['data-state'] });
`;

test(
  'an administrator closes and reopens a channel, and every page shows it, also one opened in between',
  options,
  async () => {
    const { name, session } = await newcomer(open);
    await account(open, 'admin', name);
    await session.send('POST', '/session', { login: name, password: PASSWORD });
    const admin = await openSignedIn(open, 'gate', name);
    const reader = await openWindow(open, 'gate');
    await live(reader.page);
    assert.equal(await reader.page.getByTestId('channel-menu').count(), 0);
    await sendMessage(admin.page, 'the last word');
    await admin.page.getByTestId('channel-menu').click();
    await admin.page.getByRole('button', { name: 'Close channel' }).click();
    const safe = admin.page.getByRole('button', { name: 'Keep open' });
    await admin.page.locator('button:focus', { hasText: 'Keep open' }).waitFor();
    await safe.click();
    await admin.page.getByRole('button', { name: 'Close channel' }).click();
    assert.equal(await reader.page.getByTestId('closed').count(), 0);
    await admin.page.getByTestId('turn-closed-yes').click();
    await reader.page.getByTestId('closed').waitFor();
    for (let i = 1; i <= MORE_THAN_A_PAGE; i++) {
      const { status } = await session.send('PUT', '/chat/gate/events/1/vote', { value: i % 2 });
      assert.equal(status, 200);
    }
    const late = await openWindow(open, 'gate');
    await late.page.getByTestId('closed').waitFor();
    await shows(late.page, ['the last word']);
    await reader.page.reload();
    await reader.page.getByTestId('closed').waitFor();
    const second = await reader.context.newPage();
    await second.goto(`${open.parley.url}/gate`);
    await second.getByTestId('closed').waitFor();
    await admin.page.getByRole('button', { name: 'Reopen channel' }).click();
    for (const page of [admin.page, reader.page, late.page, second]) {
      await page.getByTestId('closed').waitFor({ state: 'detached' });
    }
    await late.page.getByTestId('name-input').fill('Late');
    await sendMessage(late.page, 'one more word');
    await shows(reader.page, ['the last word', 'one more word']);
    await close(admin, reader, late);
  },
);

test('the page counts missed messages, not missed votes', options, async () => {
  const folder = stack.use(await temporaryFolder()).path;
  const env: Record<string, string> = { DATA_DIR: folder };
  let parley = await start('services/standalone', env);
  stack.defer(async () => void (await parley.end('SIGKILL')));
  env.PORT = new URL(parley.url).port;
  const { session } = await newcomer({ parley, folder });
  await post(parley.url, 'away', 'before');
  const window = await openWindow({ parley, folder }, 'away');
  await live(window.page);
  await shows(window.page, ['before']);
  await window.context.setOffline(true);
  await parley.end('SIGKILL');
  await window.page.locator('[data-testid=status][data-state=reconnecting]').waitFor();
  parley = await start('services/standalone', env);
  await post(parley.url, 'away', 'meanwhile');
  const voted = await session.send('PUT', '/chat/away/events/1/vote', { value: 1 });
  assert.equal(voted.status, 200);
  await window.context.setOffline(false);
  await window.page.locator('[data-testid=status][data-state=resumed]').waitFor();
  assert.match(await window.page.getByTestId('status').innerText(), /: 1 message that came/);
  await shows(window.page, ['before', 'meanwhile']);
  await row(window.page, 'before').getByRole('button', { name: 'Vote up, 1 so far' }).waitFor();
  await close(window);
});

test(
  'after signing in or changing the password the message field has the focus',
  options,
  async () => {
    const { name } = await newcomer(open);
    const window = await openSignedIn(open, 'focus', name);
    const { page } = window;
    const focused = () => page.evaluate('document.activeElement.dataset.testid');
    await until(
      'the message field has the focus',
      async () => (await focused()) === 'message-input',
    );
    // Sooner than the grace time of the guest in this browser.
    const here = () => page.getByTestId('presence').innerText();
    await until('one browser counts once', async () => (await here()) === '1 here', 3000);
    await chooseInMenu(page, 'change-password');
    await page.getByLabel('Current password').fill(PASSWORD);
    await page.getByTestId('account-newPassword').fill(NEW_PASSWORD);
    await page.getByTestId('account-submit').click();
    await page.getByTestId('account-dialog').waitFor({ state: 'detached' });
    await until(
      'the message field has the focus again',
      async () => (await focused()) === 'message-input',
    );
    await close(window);
  },
);

test('with SIGN_UP=closed no form offers to create an account', options, async () => {
  const deployment = await startDeployment({ SIGN_UP: 'closed' });
  const window = await openWindow(deployment, 'by-hand');
  await live(window.page);
  await window.page.getByTestId('sign-in').click();
  await window.page.getByTestId('account-login').waitFor();
  assert.equal(await window.page.getByTestId('account-other').count(), 0);
  await close(window);
});

test("a guest's visit logs no error, on a channel and on the start page", options, async () => {
  const { page, context } = await openWindow(open, 'guest');
  const lines: string[] = [];
  page.on('console', (line) => lines.push(line.text()));
  for (const path of ['guest', '']) {
    await page.goto(`${open.parley.url}/${path}`);
    await page.getByTestId('sign-in').waitFor();
  }
  assert.deepEqual(lines, []);
  const session = await fetch(`${open.parley.url}/session`);
  assert.equal(session.status, 401, 'other clients still get 401');
  await context.close();
});

test('a message of an account has a mark, and one of a guest has none', options, async () => {
  const { name, session } = await newcomer(open);
  await post(open.parley.url, 'marks', 'by a guest', 'Bob');
  const posted = await session.send('POST', '/chat/marks', {
    username: name,
    message: 'by an account',
  });
  assert.equal(posted.status, 201);
  const window = await openWindow(open, 'marks');
  await shows(window.page, ['by a guest', 'by an account']);
  const marks = (text: string) => row(window.page, text).getByTestId('account-mark').count();
  assert.equal(await marks('by an account'), 1);
  assert.equal(await marks('by a guest'), 0);
  await close(window);
});
