import assert from 'node:assert/strict';
import { test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { metric } from '@parley/testkit/metric.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { startOpenAndRequired } from '@parley/testkit/processes/open-and-required.ts';
import { startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import type { Page } from 'playwright-core';
import { openTab, shows } from './open-tab.ts';

const shared = startServerAndBrowser({ CANARY_SECONDS: '0', HEARTBEAT_SECONDS: '1' });

test(
  'another tab takes the lead of a frozen one, which catches up when it wakes',
  shared.options,
  async () => {
    const { parley } = shared;
    const context = await shared.browser.newContext();
    const impatient = { silenceMs: 3_000 };
    const leader = await openTab(context, parley.url, ['c'], impatient);
    const other = await openTab(context, parley.url, ['c'], impatient);
    await post(parley.url, 'c', '1');
    for (const tab of [leader, other]) await shows(tab, { c: 1 });
    const session = await context.newCDPSession(leader);
    await session.send('Debugger.enable');
    const paused = new Promise((resolve) => session.once('Debugger.paused', resolve));
    await session.send('Debugger.pause');
    await Promise.all([paused, post(parley.url, 'c', 'wakes the script')]);
    await post(parley.url, 'c', '3');
    await shows(other, { c: 3 });
    await session.send('Debugger.disable');
    await shows(leader, { c: 3 });
    await post(parley.url, 'c', '4');
    for (const tab of [leader, other]) await shows(tab, { c: 4 });
    const streams = () => metric(parley.url, 'parley_streams_open');
    await until('one stream is open', async () => (await streams()) === 1);
    await context.close();
  },
);

test(
  'without a valid token every tab has the error once, and reads on later',
  shared.options,
  async () => {
    await using servers = new AsyncDisposableStack();
    const { required, key } = await startOpenAndRequired(servers);
    const rights = { sub: 'ada', name: 'ada', publish: ['**'], subscribe: ['**'] };
    let isValid = true;
    const token = () => key.sign(rights, 3) + (isValid ? '' : 'x');
    const context = await shared.browser.newContext();
    const tabs: Page[] = [];
    for (let i = 0; i < 2; i++) {
      const tab = await openTab(context, required.url, ['g'], { token });
      await tab.evaluate(`errors = [];
      client.channel('g').on('error', ({ code }) => errors.push(code));`);
      tabs.push(tab);
    }
    const streams = () => metric(required.url, 'parley_streams_open');
    await until('one stream is open', async () => (await streams()) === 1);
    isValid = false;
    for (const tab of tabs) await until('it has an error', () => tab.evaluate('errors.length > 0'));
    isValid = true;
    await tabs[1]?.evaluate(`client.channel('g').send('hi').catch(({ code }) => code)`);
    for (const tab of tabs) {
      await until('it is live', () => tab.evaluate('client.state === "live"'));
      assert.deepEqual(await tab.evaluate('errors'), ['invalid-token']);
      await shows(tab, { g: 1 });
    }
    await context.close();
  },
);

test('a killed server costs the tabs nothing', shared.options, async () => {
  await using folder = await temporaryFolder();
  const port = String(await freePort());
  const env = { DATA_DIR: folder.path, PORT: port, CANARY_SECONDS: '0' };
  const killed = await startBare('services/standalone', env);
  const context = await shared.browser.newContext();
  const tabs = [];
  for (const names of [['b1'], ['b1', 'b2'], ['b2']])
    tabs.push(await openTab(context, killed.url, names));
  const [one, , three] = tabs as [Page, Page, Page];
  await post(killed.url, 'b1', '1');
  await shows(one, { b1: 1 });
  await killed.end('SIGKILL');
  const sent = three.evaluate(
    'Promise.all([1, 2, 3].map((n) => client.channel("b2").send(String(n))))',
  );
  await until('a tab has noticed', () => one.evaluate('states.includes("reconnecting")'));
  await using again = await startBare('services/standalone', env);
  await sent;
  await post(again.url, 'b1', '2');
  await shows(one, { b1: 2 });
  await shows(tabs[1] as Page, { b1: 2, b2: 3 });
  await shows(three, { b2: 3 });
  await until(
    'one stream is open',
    async () => (await metric(again.url, 'parley_streams_open')) === 1,
  );
  await context.close();
});
