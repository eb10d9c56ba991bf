import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { launchBrowser } from '@parley/testkit/clients/browser-page.ts';
import { everyEvent } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { CuttingProxy } from '@parley/testkit/processes/cutting-proxy.ts';
import { startFrontDoor } from '@parley/testkit/processes/front-door.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { Random } from '@parley/testkit/random.ts';
import { isInstalled, needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

/** EventSources of a page; all of them are on the one connection of HTTP/2, and are cut with it. */
const SIZES = [1, 1, 20, 20, 20, 100, 100, 100];
const CUTS = 125;
const channels = Array.from({ length: 100 }, (_, i) => `room.${i}`);
const options = isInstalled('chromium') ? needs('nginx') : needs('chromium');

test(
  'through nginx over HTTP/2, EventSources of 1, 20 and 100 channels lose nothing over cuts',
  options,
  async () => {
    await using folder = await temporaryFolder();
    await using parley = await start('services/standalone', {
      DATA_DIR: folder.path,
      CANARY_SECONDS: '0',
    });
    await using door = await startFrontDoor({ chat: parley.url });
    const random = new Random(7);
    const bytes = () => Math.floor(random.between(2_000, 60_000));
    await using proxy = await CuttingProxy.open([Number(new URL(door.url).port)], bytes);
    proxy.isCutting = false;
    await using browser = await launchBrowser();
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    await page.goto(`${proxy.url.replace('http://127.0.0.1', 'https://localhost')}/favicon.svg`);
    await page.evaluate(`
    window.resets = [];
    window.seen = ${JSON.stringify(SIZES.map(() => ({})))};
    window.sources = ${JSON.stringify(SIZES)}.map((size, i) => {
      const names = ${JSON.stringify(channels)}.slice(0, size).map((name) => 'channel=' + name);
      const source = new EventSource('/broadcast?' + names.join('&') + '&last=1000&presence=0');
      source.onmessage = ({ data }) => {
        const { channel, seq } = JSON.parse(data);
        (seen[i][channel] ??= []).push(seq);
      };
      source.addEventListener('reset', ({ data }) => resets.push(data));
      return source;
    });`);
    await until('all are open', () =>
      page.evaluate('sources.every(({ readyState }) => readyState === 1)'),
    );
    const protocol = await page.evaluate(
      "performance.getEntriesByType('navigation')[0].nextHopProtocol",
    );
    assert.equal(protocol, 'h2');
    proxy.isCutting = true;
    let posted = 0;
    while (proxy.cuts < CUTS) {
      const names = ['room.0', channels[Math.floor(random.between(0, 100))] ?? ''];
      await Promise.all([
        ...names.map((name) => post(parley.url, name, String(posted++))),
        delay(40),
      ]);
    }
    proxy.isCutting = false;
    // An EventSource ends for good when nginx answers with an error; none may have.
    assert.ok(await page.evaluate('sources.every(({ readyState }) => readyState < 2)'));
    const heads = new Map<string, number>();
    for (const name of channels) heads.set(name, (await everyEvent(parley.url, name)).length);
    const expected = SIZES.map((size) => {
      const present = channels.slice(0, size).filter((name) => heads.get(name));
      return Object.fromEntries(
        present.map((name) => [
          name,
          Array.from({ length: heads.get(name) ?? 0 }, (_, k) => k + 1),
        ]),
      );
    });
    const count = (some: Record<string, number[]>[]) =>
      some.reduce((sum, one) => sum + Object.values(one).flat().length, 0);
    const seen = () => page.evaluate<Record<string, number[]>[]>('seen');
    const isWhole = async () => count(await seen()) >= count(expected);
    await until('all have arrived', isWhole, 60_000).catch(() => undefined);
    assert.deepEqual(await page.evaluate('resets'), []);
    const states = await page.evaluate<number[]>('sources.map(({ readyState }) => readyState)');
    assert.deepEqual(await seen(), expected, `a source is missing events; states ${states}`);
    console.log(`${proxy.cuts} cuts of ${SIZES.length} streams, ${posted} events`);
  },
);
