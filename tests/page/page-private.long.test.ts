import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  faultsOf,
  live,
  sendMessage,
  shows,
  textsOn,
} from '@parley/testkit/clients/browser-page.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { until } from '@parley/testkit/until.ts';
import type { BrowserContext, Page } from 'playwright-core';

/** How long a change may take until other pages show it: less than until they read the list again. */
const SOON_MS = 10_000;
const PASSWORD = 'correct horse battery staple';
const shared = startServerAndBrowser();
const { options } = shared;

interface Person {
  name: string;
  page: Page;
  context: BrowserContext;
  faults: string[];
  session: BrowserSession;
}

const fieldsOf = (username: string) => ({
  username,
  email: `${username}@example.org`,
  password: PASSWORD,
});

/** Opens the page in a browser of its own. */
async function openBrowser(path = '/'): Promise<Pick<Person, 'page' | 'context' | 'faults'>> {
  const context = await shared.browser.newContext();
  const page = await context.newPage();
  const faults = await faultsOf(page);
  await page.goto(`${shared.parley.url}${path}`);
  return { page, context, faults };
}

/** Makes an account with the API, and opens the page as it. */
async function openAs(name: string, path = '/'): Promise<Person> {
  const session = new BrowserSession(shared.parley.url);
  assert.equal((await session.send('POST', '/users', fieldsOf(name))).status, 201);
  const context = await shared.browser.newContext();
  const fields = { login: name, password: PASSWORD };
  const url = `${shared.parley.url}/session`;
  assert.equal((await context.request.post(url, { data: fields })).status(), 200);
  const page = await context.newPage();
  const faults = await faultsOf(page);
  await page.goto(`${shared.parley.url}${path}`);
  await page.getByTestId('account-name').waitFor();
  return { name, page, context, faults, session };
}

async function close(...people: Pick<Person, 'context' | 'faults'>[]): Promise<void> {
  for (const { context, faults } of people) {
    assert.deepEqual(faults, []);
    await context.close();
  }
}

/** Makes a private channel in the page and adds people; the dialog is closed then. */
async function makePrivate(page: Page, channel: string, ...people: string[]): Promise<void> {
  await page.getByTestId('channel-input').fill(channel);
  await page.getByTestId('channel-private').check();
  await page.getByTestId('channel-open').click();
  for (const name of people) {
    await page.getByTestId('person-input').fill(name);
    await page.keyboard.press('Enter');
  }
  await until(
    'all are members',
    async () => (await page.getByTestId('member').count()) === people.length + 1,
  );
  await page.keyboard.press('Escape');
  await page.getByTestId('people-dialog').waitFor({ state: 'detached' });
}

const inList = (page: Page, name: string) =>
  page.locator('.channel-list a').filter({ has: page.getByText(name, { exact: true }) });

const heading = (page: Page) => page.locator('.channel-header h1');

test('a first-time user reaches a private room with two others in few steps', options, async () => {
  const others = [await openAs('ben'), await openAs('cara', '/lobby')];
  const outsider = await openAs('olga');
  const { page, context, faults } = await openBrowser();
  const steps = { clicks: 0, fields: 0, keys: 0 };
  const click = async (name: string) => {
    await page.getByTestId(name).click();
    steps.clicks++;
  };
  const fill = async (name: string, text: string) => {
    await page.getByTestId(name).fill(text);
    steps.fields++;
  };
  const press = async (key: string) => {
    await page.keyboard.press(key);
    steps.keys++;
  };
  const begunAt = performance.now();
  await click('sign-in');
  await click('account-other');
  await fill('account-username', 'ana');
  await fill('account-email', 'ana@example.org');
  await fill('account-password', PASSWORD);
  await press('Enter');
  await page.getByTestId('account-name').waitFor();
  await fill('channel-input', 'plans');
  await click('channel-private');
  await press('Enter');
  await fill('person-input', 'ben');
  await press('Enter');
  await fill('person-input', 'cara');
  await press('Enter');
  for (const name of ['ana', 'ben', 'cara']) {
    await page.getByTestId('member').filter({ hasText: name }).waitFor();
  }
  for (const { page: other } of others) {
    await inList(other, 'plans').waitFor({ timeout: SOON_MS });
  }
  await press('Escape');
  await live(page);
  await fill('message-input', 'welcome');
  await press('Enter');
  const tookMs = performance.now() - begunAt;
  assert.deepEqual(steps, { clicks: 3, fields: 7, keys: 6 });
  assert.ok(tookMs < 120_000, `${tookMs} ms`);

  await page.locator('.channel-header .lock').waitFor();
  for (const { page: other } of others) {
    await inList(other, 'plans').locator('.lock').waitFor();
    await inList(other, 'plans').click();
    await shows(other, ['welcome']);
  }
  await sendMessage(others[0]?.page as Page, 'hello from ben');
  await sendMessage(others[1]?.page as Page, 'hello from cara');
  await until('ana has three messages', async () => (await textsOn(page)).length === 3);

  assert.equal(await inList(outsider.page, 'plans').count(), 0);
  await outsider.page.goto(`${shared.parley.url}/plans`);
  await live(outsider.page);
  assert.deepEqual(await textsOn(outsider.page), []);
  assert.equal(await outsider.page.locator('.channel-header .lock').count(), 0);
  await outsider.page.getByTestId('people').click();
  await outsider.page.getByText('This channel is public').waitFor();
  assert.equal(await outsider.page.getByTestId('member').count(), 0);
  await close({ context, faults }, ...others, outsider);
});

test(
  'who leaves or is removed reads a plain sentence, and the list loses the channel',
  options,
  async () => {
    const [maker, leaver, removed] = [
      await openAs('mia', '/lobby'),
      await openAs('lea', '/lobby'),
      await openAs('rob', '/lobby'),
    ] as const;
    await makePrivate(maker.page, 'core', 'lea', 'rob');
    await sendMessage(maker.page, 'hi');
    for (const { page } of [leaver, removed]) {
      await inList(page, 'core').click();
      await shows(page, ['hi']);
    }
    await leaver.page.getByTestId('people').click();
    await leaver.page.getByTestId('member').first().waitFor();
    assert.equal(await leaver.page.getByTestId('person-input').count(), 0, 'only the maker adds');
    assert.equal(await leaver.page.getByText('Remove').count(), 0);
    await leaver.page.getByTestId('leave').click();
    await leaver.page.getByText('You can come back only when you are added again.').waitFor();
    await leaver.page.getByTestId('leave-yes').click();
    await leaver.page.getByText('You are no longer in #core.').waitFor();

    await maker.page.getByTestId('people').click();
    await maker.page.getByRole('button', { name: 'Remove rob' }).click();
    await removed.page.getByText('You are no longer in #core.').waitFor();
    for (const { page } of [leaver, removed]) {
      assert.equal(new URL(page.url()).pathname, '/');
      assert.equal(await inList(page, 'core').count(), 0);
    }
    await maker.page.getByTestId('person-input').fill('rob');
    await maker.page.keyboard.press('Enter');
    await inList(removed.page, 'core').click();
    await shows(removed.page, ['hi']);
    assert.equal(await removed.page.getByText('You are no longer').count(), 0);
    await close(maker, leaver, removed);
  },
);

test('a channel becomes private and public while it is open', options, async () => {
  const maker = await openAs('pia', '/square');
  await live(maker.page);
  await sendMessage(maker.page, 'first');
  const reader = await openAs('ralf', '/square');
  await shows(reader.page, ['first']);
  const turn = async () => {
    await maker.page.getByTestId('people').click();
    await maker.page.getByTestId('turn-private').click();
    await maker.page.getByTestId('turn-private-yes').click();
  };
  await turn();
  await reader.page.getByText('You are no longer in #square.').waitFor();
  await maker.page.locator('.channel-header .lock').waitFor();
  await shows(maker.page, ['first']);
  await live(maker.page);
  await sendMessage(maker.page, 'second');
  await turn();
  await maker.page.locator('.channel-header .lock').waitFor({ state: 'detached' });
  await shows(maker.page, ['first', 'second']);
  await inList(reader.page, 'square').click();
  await shows(reader.page, ['first', 'second']);
  await close(maker, reader);
});

test(
  'members who never spoke are offered after an @, and an empty channel becomes public',
  options,
  async () => {
    const [maker, member] = [await openAs('mona'), await openAs('nils')];
    await makePrivate(maker.page, 'hollow', 'nils');
    await maker.page.getByTestId('message-input').pressSequentially('@n');
    await maker.page.locator('.mention-list bdi').getByText('nils').waitFor();
    await maker.page.getByTestId('people').click();
    await maker.page.getByTestId('turn-private').click();
    await maker.page.getByTestId('turn-private-yes').click();
    await maker.page.locator('.channel-header .lock').waitFor({ state: 'detached' });
    await live(maker.page);
    const said = await member.session.send('POST', '/chat/hollow', { message: 'open to all' });
    assert.equal(said.status, 201);
    await shows(maker.page, ['open to all']);
    await close(maker, member);
  },
);

test('direct messages have the names of their people everywhere', options, async () => {
  const [dan, eva, finn] = [
    await openAs('dan', '/hall'),
    await openAs('eva', '/hall'),
    await openAs('finn'),
  ] as const;
  await live(dan.page);
  await dan.page.getByTestId('presence').click();
  await dan.page.getByRole('button', { name: 'Message eva' }).click();
  await until('the header has the name', async () =>
    /@eva$/.test(await heading(dan.page).innerText()),
  );
  const { pathname } = new URL(dan.page.url());
  await until('the title has it', async () => (await dan.page.title()) === 'eva · Parley');
  await inList(eva.page, 'dan').waitFor({ timeout: SOON_MS });
  await sendMessage(dan.page, 'only for you');
  await inList(eva.page, 'dan').getByTestId('unread').waitFor();
  await inList(eva.page, 'dan').click();
  await shows(eva.page, ['only for you']);
  assert.equal(new URL(eva.page.url()).pathname, pathname);
  assert.equal(
    await eva.page.getByTestId('message-input').getAttribute('placeholder'),
    'Message dan',
  );

  await finn.page.getByTestId('new-message').click();
  for (const name of ['eva', 'dan']) {
    await finn.page.getByTestId('person-input').fill(name);
    await finn.page.keyboard.press('Enter');
  }
  await finn.page.getByTestId('new-message-start').click();
  await inList(finn.page, 'dan, eva').waitFor();
  await sendMessage(finn.page, 'for both');
  await inList(dan.page, 'eva, finn').waitFor();
  await inList(eva.page, 'dan, finn').waitFor();

  await dan.page.keyboard.press('Control+k');
  await dan.page.getByRole('combobox').fill('finn');
  await dan.page.getByRole('option').filter({ hasText: 'eva, finn' }).waitFor();
  await dan.page.keyboard.press('Enter');
  await shows(dan.page, ['for both']);
  await dan.page.getByTestId('search').click();
  await dan.page.getByTestId('search-input').fill('only');
  await dan.page.getByTestId('search-everywhere').check();
  await dan.page.keyboard.press('Enter');
  assert.match(await dan.page.getByTestId('search-result').innerText(), /dan in @eva/);
  for (const { page } of [dan, eva, finn]) {
    assert.doesNotMatch(await page.locator('body').innerText(), /direct-/);
  }
  await dan.page.keyboard.press('Escape');
  await dan.page.getByTestId('people').click();
  await dan.page.getByTestId('member').first().waitFor();
  assert.equal(await dan.page.getByTestId('member').count(), 3);
  assert.equal(await dan.page.getByTestId('leave').count(), 0, 'the people never change');
  await close(dan, eva, finn);
});

test('refusals are plain sentences, and nothing is lost', options, async () => {
  const [gus, hana] = [await openAs('gus', '/lobby'), await openAs('hana', '/lobby')] as const;
  await makePrivate(gus.page, 'taken');
  const { page } = hana;
  const name = page.getByTestId('channel-input');
  for (const channel of ['taken', 'lobby']) {
    await sendMessage(page, 'hi');
    await name.fill(channel);
    await page.getByTestId('channel-private').check();
    await page.getByTestId('channel-open').click();
    await page.getByText(`There is a channel #${channel} already. Choose another name.`).waitFor();
    assert.equal(await name.inputValue(), channel);
  }
  await name.fill('own');
  await page.keyboard.press('Enter');
  await page.getByTestId('person-input').fill('unknown-name');
  await page.keyboard.press('Enter');
  await page.getByTestId('people-dialog').getByRole('alert').waitFor();
  assert.match(
    await page.getByTestId('people-dialog').getByRole('alert').innerText(),
    /^unknown-name: There is no account with this name\.$/,
  );
  await page.getByTestId('person-input').fill('gus');
  await page.keyboard.press('Enter');
  await page.getByTestId('member').filter({ hasText: 'gus' }).waitFor();
  assert.equal(await page.getByTestId('people-dialog').getByRole('alert').count(), 0);
  await close(gus, hana);
});

test('the keyboard alone makes a private channel and adds a person', options, async () => {
  const [ida, jon] = [await openAs('ida', '/lobby'), await openAs('jon', '/lobby')] as const;
  const { page } = ida;
  const type = (text: string) => page.keyboard.type(text);
  await page.keyboard.press('Control+k');
  await type('secret');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.getByTestId('people-dialog').waitFor();
  await page.getByTestId('person-input').waitFor();
  await until('the field has the focus', () =>
    page.evaluate<boolean>("document.activeElement?.dataset.testid === 'person-input'"),
  );
  await type('jon');
  await page.keyboard.press('Enter');
  await inList(jon.page, 'secret').waitFor();
  await page.keyboard.press('Escape');
  await until('the message field has the focus', () =>
    page.evaluate<boolean>("document.activeElement?.dataset.testid === 'message-input'"),
  );
  await type('hi');
  await page.keyboard.press('Enter');
  await inList(jon.page, 'secret').getByTestId('unread').waitFor();
  await close(ida, jon);
});
