import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { TOKEN_COOKIE } from '@parley/kit/tokens/token-cookie.ts';
import { countStreams, live, streamsBegun, textsOn } from '@parley/testkit/clients/browser-page.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { until } from '@parley/testkit/until.ts';
import type { BrowserContext, Page } from 'playwright-core';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const shared = startServerAndBrowser({ POSTS_PER_ADDRESS: '0' });
const { options } = shared;

const account = { username: 'Ana', email: 'ana@example.org', password: 'correct horse battery' };
/** The account, without a page. */
let ana: BrowserSession;

/** Records every count that the page has ever shown, as `channel count`. */
const RECORDER = `
  window.shown = new Set();
  new MutationObserver(() => {
    for (const line of document.querySelectorAll('.sidebar .channel-list a')) {
      const count = line.querySelector('.unread');
      if (count) shown.add(line.querySelector('bdi').textContent + ' ' + count.firstChild.textContent);
    }
  }).observe(document, { childList: true, subtree: true, characterData: true });
`;

/** Makes the account, and a channel that the tests open and in which nothing happens. */
async function begin(): Promise<void> {
  ana = new BrowserSession(shared.parley.url);
  assert.equal((await ana.send('POST', '/users', account)).status, 201);
  await post(shared.parley.url, 'quiet', 'hi', 'Bob');
}

/** A browser of its own in which the account is signed in. */
async function openDevice(): Promise<BrowserContext> {
  const context = await shared.browser.newContext();
  stack.defer(() => context.close());
  await context.addInitScript(RECORDER);
  await countStreams(context);
  const { email: login, password } = account;
  const signIn = { data: { login, password } };
  assert.equal((await context.request.post(`${shared.parley.url}/session`, signIn)).status(), 200);
  return context;
}

/**
 * The renewal of the token, which makes a new client, waits until the page has all from the client
 * before.
 */
async function renewLate(context: BrowserContext, hasList: (page: Page) => Promise<void>) {
  await context.route('**/session/renew', async (route) => {
    for (const page of context.pages()) {
      await live(page);
      await hasList(page);
    }
    await route.continue();
  });
}

async function openTab(context: BrowserContext, channel: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${shared.parley.url}/${channel}`);
  await live(page);
  await page.getByTestId('message').first().waitFor();
  return page;
}

async function postMany(channel: string, from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i++) await post(shared.parley.url, channel, `m${i}`, 'Bob');
}

/** The count of a channel in the list, as it is shown; empty where there is none. */
const countOf = (page: Page, channel: string) =>
  page.evaluate<string | undefined>(`(() => {
    const lines = [...document.querySelectorAll('.sidebar .channel-list a')];
    const line = lines.find((one) => one.querySelector('bdi').textContent === '${channel}');
    return line && (line.querySelector('.unread')?.firstChild.textContent ?? '');
  })()`);

const showsCount = (page: Page, channel: string, count: string) =>
  until(
    `${channel} has the count "${count}"`,
    async () => (await countOf(page, channel)) === count,
  );

async function position(channel: string): Promise<unknown> {
  return (await ana.send('GET', `/chat/${channel}/read`)).body.seq;
}

const isRead = (channel: string, seq: number) =>
  until(`${channel} is read up to ${seq}`, async () => (await position(channel)) === seq);

test(
  'what an account reads on one device is read on the other, and a mention is marked',
  options,
  async () => {
    await begin();
    const [one, other] = [await openDevice(), await openDevice()];
    await postMany('team', 0, 2);
    await ana.send('PUT', '/chat/team/read', { seq: 1 });
    const [here, there] = [await openTab(one, 'quiet'), await openTab(other, 'quiet')];
    for (const page of [here, there]) await showsCount(page, 'team', '2');
    await postMany('team', 3, 3);
    for (const page of [here, there]) await showsCount(page, 'team', '3');
    await post(shared.parley.url, 'team', 'and you, @ana?', 'Bob');
    for (const page of [here, there]) await showsCount(page, 'team', '@1');
    const name = there.locator('.sidebar a', { hasText: 'team' });
    assert.match(await name.innerText(), /@1\s+of 4 unread mention you/);
    await here.locator('.sidebar a', { hasText: 'team' }).click();
    for (const page of [here, there]) await showsCount(page, 'team', '');
    await isRead('team', 5);
    await postMany('team', 5, 5);
    await isRead('team', 6);
    await showsCount(there, 'team', '');
    await here.close();
    await postMany('team', 6, 6);
    await showsCount(there, 'team', '1');
  },
);

test(
  'a channel opens at the first message that the account has not read, and is read at its end',
  options,
  async () => {
    await postMany('long', 1, 130);
    await ana.send('PUT', '/chat/long/read', { seq: 30 });
    const device = await openDevice();
    await renewLate(device, (page) => showsCount(page, 'long', '100'));
    const page = await openTab(device, 'long');
    await page.getByTestId('new-line').waitFor();
    const place = await page.evaluate<[string, boolean]>(`(() => {
      const line = document.querySelector('[data-testid=new-line]').closest('li');
      const box = line.getBoundingClientRect();
      const list = document.querySelector('.scroller').getBoundingClientRect();
      const next = line.nextElementSibling.querySelector('[data-testid=message-text]');
      return [next.textContent, box.top >= list.top && box.bottom <= list.bottom];
    })()`);
    assert.deepEqual(place, ['m31', true]);
    await showsCount(page, 'long', '100');
    assert.equal(await position('long'), 30);
    await page.getByRole('button', { name: '100 new messages' }).click();
    await showsCount(page, 'long', '');
    await isRead('long', 130);
    assert.equal((await textsOn(page)).at(-1), 'm130');
    assert.deepEqual(await page.evaluate("[...shown].filter((one) => one.startsWith('long'))"), [
      'long 100',
    ]);
  },
);

test('a channel opens at its first new message when the token has expired', options, async () => {
  await postMany('later', 1, 130);
  await ana.send('PUT', '/chat/later/read', { seq: 30 });
  const device = await openDevice();
  await device.clearCookies({ name: TOKEN_COOKIE });
  await renewLate(device, (page) => showsCount(page, 'later', ''));
  const page = await openTab(device, 'later');
  await page.getByTestId('new-line').waitFor();
  await showsCount(page, 'later', '100');
  assert.equal(await position('later'), 30);
});

for (const [channel, place] of [
  ['entered', ''],
  ['entered-at', '#5'],
] as const) {
  test(
    `who signs in at the end of ${channel}${place} is taken to its first new message`,
    options,
    async () => {
      await postMany(channel, 1, 130);
      await ana.send('PUT', `/chat/${channel}/read`, { seq: 30 });
      const context = await shared.browser.newContext();
      stack.defer(() => context.close());
      const page = await openTab(context, `${channel}${place}`);
      const toEnd = page.locator('.to-end:not(.to-unread)');
      if (place !== '') await toEnd.click();
      await until('it is at its end', async () => (await textsOn(page)).at(-1) === 'm130');
      await toEnd.waitFor({ state: 'detached' });
      await page.getByTestId('sign-in').click();
      await page.getByTestId('account-login').fill(account.email);
      await page.getByTestId('account-password').fill(account.password);
      await page.getByTestId('account-submit').click();
      await page.getByTestId('new-line').waitFor();
      assert.equal(await position(channel), 30);
    },
  );
}

test('few new messages are in view, and read at once', options, async () => {
  await postMany('few', 1, 100);
  await ana.send('PUT', '/chat/few/read', { seq: 98 });
  const page = await openTab(await openDevice(), 'few');
  await isRead('few', 100);
  await page.getByTestId('new-line').waitFor();
  await showsCount(page, 'few', '');
});

test('marks at the end of a channel are gathered', options, async () => {
  await postMany('busy', 1, 1);
  const page = await openTab(await openDevice(), 'busy');
  await isRead('busy', 1);
  const marks: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PUT') marks.push(request.url());
  });
  const began = Date.now();
  await postMany('busy', 2, 30);
  await isRead('busy', 30);
  const most = Math.ceil((Date.now() - began) / 2_000) + 1;
  assert.ok(marks.length <= most, `${marks.length} marks, at most ${most}`);
});

test('of a public channel that was never opened only mentions count', options, async () => {
  await postMany('unopened', 1, 3);
  const page = await openTab(await openDevice(), 'quiet');
  await post(shared.parley.url, 'unopened', 'hello @ana', 'Bob');
  await showsCount(page, 'unopened', '@1');
  const shown = await page.evaluate<string[]>(
    "[...shown].filter((one) => one.startsWith('unopened'))",
  );
  assert.deepEqual(shown, ['unopened @1']);
  // In the channel itself, away from its end, the count is the same.
  await postMany('unopened', 5, 60);
  await page.goto(`${shared.parley.url}/unopened#1`);
  await page.getByRole('button', { name: '1 new message' }).waitFor();
  await until('the title has it', async () => /^\(1\) #unopened/.test(await page.title()));
});

test(
  'counts are right at the start of a tab, and after it was without a network',
  options,
  async () => {
    await postMany('counts', 1, 9);
    await ana.send('PUT', '/chat/counts/read', { seq: 2 });
    const context = await openDevice();
    const page = await openTab(context, 'quiet');
    await showsCount(page, 'counts', '7');
    await page.reload();
    await live(page);
    await postMany('counts', 10, 10);
    await showsCount(page, 'counts', '8');
    const shown = () =>
      page.evaluate<string[]>("[...shown].filter((one) => one.startsWith('counts'))");
    assert.ok((await shown()).every((one) => one === 'counts 7' || one === 'counts 8'));
    await context.setOffline(true);
    await ana.send('PUT', '/chat/counts/read', { seq: 8 });
    await postMany('counts', 11, 11);
    await context.setOffline(false);
    await showsCount(page, 'counts', '3');
    // A position below the newest message leaves a rest, which is counted again.
    await ana.send('PUT', '/chat/counts/read', { seq: 10 });
    await showsCount(page, 'counts', '1');
    await ana.send('PUT', '/chat/counts/read', { seq: 11 });
    await showsCount(page, 'counts', '');
  },
);

test(
  'the browser counts for a guest, and nothing of an account is left after it',
  options,
  async () => {
    await postMany('left', 0, 3);
    await ana.send('PUT', '/chat/left/read', { seq: 1 });
    const context = await openDevice();
    const page = await openTab(context, 'quiet');
    await showsCount(page, 'left', '3');
    assert.equal(await page.evaluate("localStorage.getItem('parley.unread')"), null);
    const before = await streamsBegun(page);
    await page.getByTestId('account-menu').click();
    await page.getByTestId('sign-out').click();
    await until('the page is a guest', async () => (await countOf(page, 'left')) === '');
    await until('its stream has begun', async () => (await streamsBegun(page)) > before);
    await postMany('left', 4, 5);
    await showsCount(page, 'left', '2');
    const marks: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'PUT') marks.push(request.url());
    });
    await page.locator('.sidebar a', { hasText: 'left' }).click();
    await showsCount(page, 'left', '');
    await page.reload();
    await live(page);
    await showsCount(page, 'left', '');
    assert.deepEqual(marks, []);
  },
);
