import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { axeFaults } from '@parley/testkit/clients/axe-faults.ts';
import { live } from '@parley/testkit/clients/browser-page.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import type { BrowserContext, Page } from 'playwright-core';

const TEXT = 'See https://bücher.example/a, **bold** and `code`:\n- one\n- two\n```\nlet x;\n```';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const shared = startServerAndBrowser();
const { options } = shared;

const SIZES = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
  // What a window of 1280 x 800 shows at 200 %.
  zoomed: { width: 640, height: 400 },
};

/** Views of the page, and how one gets there. */
const VIEWS: Record<string, (page: Page) => Promise<unknown>> = {
  'start page': async (page) => {
    await page.goto(shared.parley.url);
    await page.locator('.home-channels a').first().waitFor();
  },
  channel: (page) => openChannel(page, 'seen'),
  'empty channel': (page) => openChannel(page, 'empty'),
  settings: async (page) => {
    await openChannel(page, 'seen');
    await page.getByTestId('settings').click();
  },
  readers: async (page) => {
    await openChannel(page, 'seen');
    await page.getByTestId('presence').click();
  },
  switcher: async (page) => {
    await openChannel(page, 'seen');
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
  },
  search: async (page) => {
    await openChannel(page, 'seen');
    await page.getByTestId('search').click();
    await page.getByTestId('search-input').fill('bold');
    await page.keyboard.press('Enter');
    await page.getByTestId('search-result').waitFor();
  },
  reply: async (page) => {
    await openChannel(page, 'seen');
    const first = page.getByTestId('message').first();
    await first.hover();
    await first.getByTestId('reply').click();
  },
  thread: async (page) => {
    await page.goto(`${shared.parley.url}/seen#thread=1`);
    await page.getByTestId('thread').getByText('a reply').waitFor();
  },
  'sign-in dialog': async (page) => {
    await openChannel(page, 'seen');
    await page.getByTestId('sign-in').click();
    await page.getByTestId('account-dialog').waitFor();
  },
  'start page of an account': async (page) => {
    await signIn(page);
    await page.goto(shared.parley.url);
    await page.locator('.home-channels .lock').waitFor();
    await page.getByTestId('new-message').waitFor();
  },
  people: async (page) => {
    await signIn(page);
    await openChannel(page, 'circle');
    await page.getByTestId('people').click();
    await page.getByTestId('member').nth(1).waitFor();
    await page.getByTestId('person-input').fill('Zoe');
    await page.keyboard.press('Enter');
    await page.getByTestId('people-dialog').getByRole('alert').waitFor();
    await page.getByTestId('leave').click();
  },
  'new message': async (page) => {
    await signIn(page);
    await page.goto(shared.parley.url);
    await page.getByTestId('new-message').click();
    await page.getByTestId('person-input').fill('Kim');
    await page.keyboard.press('Enter');
    await page.getByTestId('member').waitFor();
  },
  'direct message': async (page) => {
    await signIn(page);
    await openChannel(page, direct);
    await page.getByTestId('presence').click();
  },
  'switcher of an account': async (page) => {
    await signIn(page);
    await page.goto(shared.parley.url);
    await page.locator('.home-channels .lock').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('brand-new');
    await page.getByRole('option').nth(1).waitFor();
  },
  jump: async (page) => {
    await openChannel(page, 'many#5');
    await page.locator('.message:focus').waitFor();
    await page.getByRole('button', { name: 'To the newest' }).waitFor();
  },
  'wrong address': async (page) => {
    await page.goto(`${shared.parley.url}/a/b`);
    await page.getByRole('heading', { name: 'No channel here' }).waitFor();
  },
};

async function openChannel(page: Page, channel: string): Promise<void> {
  await page.goto(`${shared.parley.url}/${channel}`);
  await live(page);
  if (channel !== 'empty') await page.getByTestId('message').first().waitFor();
}

const ACCOUNT = { login: 'Pat', password: 'correct horse battery staple' };
/** The direct channel of Pat and Kim. */
let direct = '';

/** The page belongs to an account from now on. */
async function signIn(page: Page): Promise<void> {
  const answer = await page.request.post(`${shared.parley.url}/session`, { data: ACCOUNT });
  assert.equal(answer.status(), 200);
}

async function fillPrivate(): Promise<void> {
  const { login, password } = ACCOUNT;
  const [pat, kim] = [login, 'Kim'].map(async (username) => {
    const session = new BrowserSession(shared.parley.url);
    const email = `${username}@example.org`;
    assert.equal((await session.send('POST', '/users', { username, email, password })).status, 201);
    return session;
  });
  await kim;
  const session = (await pat) as BrowserSession;
  await session.send('PUT', '/chat/circle/access', { private: true });
  await session.send('PUT', '/chat/circle/members/Kim');
  direct = String((await session.send('POST', '/direct', { with: ['Kim'] })).body.channel);
  for (const channel of ['circle', direct]) {
    const { status } = await session.send('POST', `/chat/${channel}`, { message: 'hi' });
    assert.equal(status, 201);
  }
}

let filled: Promise<void> | undefined;

function fill(): Promise<void> {
  filled ??= (async () => {
    await post(shared.parley.url, 'seen', TEXT, 'Bob');
    await post(shared.parley.url, 'seen', 'שלום', 'שרה');
    const answer = await fetch(`${shared.parley.url}/chat/seen`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: 'Eve', message: 'a reply', replyTo: 1 }),
    });
    assert.equal(answer.status, 201);
    await fillPrivate();
    for (let i = 1; i <= 120; i++) await post(shared.parley.url, 'many', `m${i}`, 'Bob');
  })();
  return filled;
}

async function newContext(
  size: keyof typeof SIZES,
  colorScheme: 'light' | 'dark',
): Promise<BrowserContext> {
  const context = await shared.browser.newContext({
    viewport: SIZES[size],
    colorScheme,
    reducedMotion: 'reduce',
  });
  await context.addInitScript("localStorage.setItem('parley.name', 'Ada')");
  return context;
}

const sizes = Object.keys(SIZES) as (keyof typeof SIZES)[];

for (const [at, [view, goTo]] of Object.entries(VIEWS).entries()) {
  test(`axe finds nothing in each size, light and dark: ${view}`, options, async () => {
    await fill();
    // Views are opened in different sizes, and are then given the others.
    const begin = at % sizes.length;
    const turned = [...sizes.slice(begin), ...sizes.slice(0, begin)];
    const context = await newContext(turned[0] ?? 'phone', 'light');
    const page = await context.newPage();
    await goTo(page);
    const faults: string[] = [];
    for (const size of turned) {
      await page.setViewportSize(SIZES[size]);
      faults.push(...(await axeFaults(page)).map((fault) => `${size}: ${fault}`));
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      if (wide > 0) faults.push(`${size}: ${wide} px wider than the window`);
      // Nothing but the colours depends on the scheme.
      await page.emulateMedia({ colorScheme: 'dark' });
      const dark = await axeFaults(page, ['color-contrast']);
      faults.push(...dark.map((fault) => `${size}, dark: ${fault}`));
      await page.emulateMedia({ colorScheme: 'light' });
    }
    await context.close();
    assert.deepEqual(faults, []);
  });
}

test(
  'axe finds a button without a name, so the tests above look at the page',
  options,
  async () => {
    await fill();
    const context = await newContext('desktop', 'light');
    const page = await context.newPage();
    await openChannel(page, 'seen');
    await page.evaluate("document.querySelector('main').append(document.createElement('button'))");
    const faults = await axeFaults(page);
    assert.deepEqual(
      faults.map((fault) => fault.split(':')[0]),
      ['button-name'],
    );
    await context.close();
  },
);

test(
  'in a page from right to left nothing is cut, and texts keep their direction',
  options,
  async () => {
    await fill();
    for (const size of ['desktop', 'phone'] as const) {
      const context = await newContext(size, 'light');
      const page = await context.newPage();
      await openChannel(page, 'seen');
      await page.evaluate("document.documentElement.dir = 'rtl'");
      const width = await page.evaluate<number>(
        'document.documentElement.scrollWidth - innerWidth',
      );
      assert.ok(width <= 0);
      const directions = await page.evaluate<string[]>(
        "[...document.querySelectorAll('.message .text')].map((text) => getComputedStyle(text).direction)",
      );
      assert.deepEqual(directions, ['ltr', 'rtl', 'ltr']);
      for (const menu of ['settings', 'presence']) {
        await page.getByTestId(menu).click();
        const box = await page.locator('details[open] .panel').boundingBox();
        assert.ok(box && box.x >= 0 && box.x + box.width <= SIZES[size].width, `${menu} is seen`);
        await page.keyboard.press('Escape');
      }
      assert.deepEqual(await axeFaults(page), []);
      await context.close();
    }
  },
);

test('the keyboard alone reads, votes, opens the settings and leaves them', options, async () => {
  await fill();
  const context = await newContext('desktop', 'light');
  const page = await context.newPage();
  await openChannel(page, 'seen');
  const reached = new Set<string>();
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    reached.add(
      await page.evaluate<string>(
        "document.activeElement.dataset.testid ?? document.activeElement.className ?? ''",
      ),
    );
  }
  for (const element of ['channel-input', 'presence', 'settings', 'scroller', 'vote-up', 'send'])
    assert.ok(reached.has(element), `${element} is reached: ${[...reached]}`);
  await context.close();
});
