import { test } from 'node:test';
import { launchBrowser } from '@parley/testkit/clients/browser-page.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { metric } from '@parley/testkit/metric.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { openTab, shows } from './open-tab.ts';

test(
  'another tab takes the lead of a frozen one, which catches up when it wakes',
  needs('chromium'),
  async () => {
    await using folder = await temporaryFolder();
    const env = { DATA_DIR: folder.path, CANARY_SECONDS: '0', HEARTBEAT_SECONDS: '1' };
    await using parley = await start('services/standalone', env);
    await using browser = await launchBrowser();
    const context = await browser.newContext();
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
  },
);
