import assert from 'node:assert/strict';
import { until } from '@parley/testkit/until.ts';
import type { BrowserContext, Page } from 'playwright-core';
import { bundleClient } from './bundle.ts';

let bundle: Promise<string> | undefined;

/** A page of Parley's own address that reads channels by the client library. */
export async function openTab(
  context: BrowserContext,
  url: string,
  channels: string[],
  { token, ...options }: { token?: () => string; [option: string]: unknown } = {},
): Promise<Page> {
  bundle ??= bundleClient();
  const body = await bundle;
  const page = await context.newPage();
  if (token) await page.exposeFunction('token', token);
  const html = `<!doctype html><script type="module">
    import { connect } from '/client-under-test.js';
    window.seen = {};
    window.states = [];
    const { token } = window;
    const identity = token ? { token } : { username: 'ada' };
    window.client = connect(location.origin, { ...identity, ...${JSON.stringify(options)} });
    client.on('state', (state) => states.push(state));
    for (const name of ${JSON.stringify(channels)}) {
      seen[name] = [];
      client.channel(name, { last: 1000 }).on('*', ({ seq }) => seen[name].push(seq));
    }
  </script>`;
  await page.route('**/client-under-test', (route) =>
    route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }),
  );
  await page.route('**/client-under-test.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body }),
  );
  await page.goto(`${url}/client-under-test`);
  await isLive(page);
  return page;
}

const isLive = (page: Page) =>
  until('the tab is live', () => page.evaluate("globalThis.client?.state === 'live'"));
const seen = (page: Page) => page.evaluate<Record<string, number[]>>('seen');
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

/** Waits until the tab has the events 1 to n of each channel, and expects exactly those. */
export async function shows(
  page: Page,
  wanted: Record<string, number>,
  limitMs?: number,
): Promise<void> {
  const whole = Object.fromEntries(
    Object.entries(wanted).map(([name, last]) => [name, upTo(last)]),
  );
  const count = async () => Object.values(await seen(page)).flat().length;
  const all = Object.values(wanted).reduce((sum, last) => sum + last, 0);
  await until(`the tab has ${JSON.stringify(wanted)}`, async () => (await count()) >= all, limitMs);
  assert.deepEqual(await seen(page), whole);
}
