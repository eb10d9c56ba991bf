import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, live, sendMessage, shows } from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { openSilentStreams, type SilentStreams } from '@parley/testkit/clients/silent-streams.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import type { Browser, Page } from 'playwright-core';

const stack = new AsyncDisposableStack();
const options = needs('chromium');
let browser: Browser;
/**
 * One server whose heartbeats reach the page every second, and one without a heartbeat in the
 * test's time.
 */
let beating: { parley: Running; way: SilentStreams };
let quiet: typeof beating;

before(async () => {
  if (options.skip) return;
  const serve = async (seconds: string) => {
    const folder = stack.use(await temporaryFolder());
    const env = { DATA_DIR: folder.path, HEARTBEAT_SECONDS: seconds };
    const parley = stack.use(await start('services/standalone', env));
    return { parley, way: stack.use(await openSilentStreams(parley.url)) };
  };
  [beating, quiet] = await Promise.all([serve('1'), serve('3600')]);
  browser = await launchBrowser();
  stack.defer(() => browser.close());
});
after(() => stack.disposeAsync());

async function openPage(way: SilentStreams, channel: string): Promise<Page> {
  const context = await browser.newContext();
  stack.defer(() => context.close());
  const page = await context.newPage();
  await page.addInitScript("localStorage.setItem('parley.name', 'Ada')");
  await page.goto(`${way.url}/${channel}`);
  await live(page);
  return page;
}

test('heartbeats show a page that its stream is dead although it looks open', options, async () => {
  const { parley, way } = beating;
  const page = await openPage(way, 'heartbeats');
  await post(parley.url, 'heartbeats', 'before');
  await shows(page, ['before']);
  const beats = await page.evaluate(`new Promise((resolve) => {
    const source = new EventSource('/broadcast/heartbeats?heartbeat=event');
    const beats = [];
    source.addEventListener('heartbeat', ({ data, lastEventId }) => {
      beats.push([data, lastEventId]);
      if (beats.length < 3) return;
      source.close();
      resolve(beats);
    });
  })`);
  assert.deepEqual(beats, Array(3).fill(['{}', '']));
  way.silence();
  await post(parley.url, 'heartbeats', 'into the void');
  await shows(page, ['before', 'into the void']);
  assert.match(await page.getByTestId('status').innerText(), /resumed .*: 1 message/i);
});

test(
  'a receipt for an event that the stream did not bring shows that the stream is dead',
  options,
  async () => {
    const { parley, way } = quiet;
    await post(parley.url, 'receipt', 'before', 'Bob');
    const page = await openPage(way, 'receipt');
    await shows(page, ['before']);
    way.silence();
    await post(parley.url, 'receipt', 'into the void', 'Bob');
    await sendMessage(page, 'does anybody hear me?');
    await shows(page, ['before', 'into the void', 'does anybody hear me?']);
  },
);

for (const [what, target] of [
  ['becomes visible again', 'document'],
  ['is restored from the back/forward cache', 'window'],
] as const) {
  test(`a page that ${what} compares with the log`, options, async () => {
    const { parley, way } = quiet;
    const channel = `look-${target}`;
    const page = await openPage(way, channel);
    way.silence();
    await post(parley.url, channel, 'into the void');
    const event =
      target === 'document'
        ? "new Event('visibilitychange')"
        : "new PageTransitionEvent('pageshow', { persisted: true })";
    await page.evaluate(`${target}.dispatchEvent(${event})`);
    await shows(page, ['into the void']);
  });
}

test('a page opens a new stream when the network is back', options, async () => {
  const { parley, way } = quiet;
  const page = await openPage(way, 'online');
  const opened = way.opened();
  way.silence();
  await post(parley.url, 'online', 'into the void');
  await page.evaluate("window.dispatchEvent(new Event('online'))");
  await until('the stream is opened again', () => way.opened() > opened);
  await shows(page, ['into the void']);
});

test('a follower tab makes the leader tab check its stream', options, async () => {
  const { parley, way } = quiet;
  await post(parley.url, 'follower', 'before', 'Bob');
  const leader = await openPage(way, 'follower');
  await shows(leader, ['before']);
  const follower = await leader.context().newPage();
  await follower.goto(`${way.url}/follower`);
  await live(follower);
  const opened = way.opened();
  way.silence();
  await post(parley.url, 'follower', 'into the void', 'Bob');
  await sendMessage(follower, 'does anybody hear me?');
  for (const page of [leader, follower]) {
    await shows(page, ['before', 'into the void', 'does anybody hear me?']);
  }
  assert.equal(way.opened(), opened + 1);
});
