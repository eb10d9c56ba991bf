import assert from 'node:assert/strict';
import { test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { startServerAndBrowser } from '@parley/testkit/clients/server-and-browser.ts';
import { metric } from '@parley/testkit/metric.ts';
import { until } from '@parley/testkit/until.ts';
import type { Request } from 'playwright-core';
import { openTab, shows } from './open-tab.ts';

const shared = startServerAndBrowser({ CANARY_SECONDS: '0' });

test(
  'three tabs share one connection, and each gets every event of its channels once',
  shared.options,
  async () => {
    const context = await shared.browser.newContext();
    const first = await openTab(context, shared.parley.url, ['a1', 'a2']);
    await post(shared.parley.url, 'a1', '1');
    const second = await openTab(context, shared.parley.url, ['a2', 'a3']);
    await post(shared.parley.url, 'a2', '1');
    const third = await openTab(context, shared.parley.url, ['a1', 'a3']);
    for (let i = 2; i <= 5; i++)
      for (const name of ['a1', 'a2', 'a3']) await post(shared.parley.url, name, String(i));
    await shows(first, { a1: 5, a2: 5 });
    await shows(second, { a2: 5, a3: 4 });
    await shows(third, { a1: 5, a3: 4 });
    assert.equal(await metric(shared.parley.url, 'parley_streams_open'), 1);
    // The tab with the connection leaves, then the next one.
    await first.close();
    for (const name of ['a2', 'a3']) await post(shared.parley.url, name, 'while the lead changes');
    await shows(second, { a2: 6, a3: 5 });
    await shows(third, { a1: 5, a3: 5 });
    assert.equal(await metric(shared.parley.url, 'parley_streams_open'), 1);
    await second.close();
    for (const name of ['a1', 'a3']) await post(shared.parley.url, name, 'again');
    await shows(third, { a1: 6, a3: 6 });
    const page = await third.evaluate(
      'client.channel("a3").send("from the page").then(({ seq }) => seq)',
    );
    assert.equal(page, 7);
    await shows(third, { a1: 6, a3: 7 });
    await context.close();
  },
);

test(
  'tabs that want more channels than a stream has get the events of all',
  shared.options,
  async () => {
    const context = await shared.browser.newContext();
    const namesOf = (tab: string) => Array.from({ length: 60 }, (_, i) => `${tab}-${i}`);
    const tabs = [];
    for (const tab of ['c', 'd', 'e'])
      tabs.push(await openTab(context, shared.parley.url, namesOf(tab)));
    const posted = ['c-0', 'c-59', 'd-0', 'd-59', 'e-0', 'e-59'];
    for (const name of posted) await post(shared.parley.url, name, '1');
    for (const [i, tab] of tabs.entries()) {
      const heard = `Object.entries(seen).flatMap(([name, seqs]) => seqs.map(() => name)).sort()`;
      const wanted = posted.slice(2 * i, 2 * i + 2);
      await until(
        `tab ${i} has ${wanted}`,
        async () => String(await tab.evaluate(heard)) === String(wanted),
      );
    }
    assert.equal(await metric(shared.parley.url, 'parley_streams_open'), 3);
    await context.close();
  },
);

test('every tab of an account hears what the account has read', shared.options, async () => {
  const { url } = shared.parley;
  const context = await shared.browser.newContext();
  const account = {
    username: 'Rita',
    email: 'rita@example.org',
    password: 'correct horse battery',
  };
  assert.equal((await context.request.post(`${url}/users`, { data: account })).status(), 201);
  await post(url, 'g1', '1', 'bob');
  const [first, second] = [
    await openTab(context, url, ['g1']),
    await openTab(context, url, ['g1']),
  ];
  for (const tab of [first, second]) {
    await tab.evaluate(`globalThis.read = [];
      client.channel('g1').on('read', ({ channel, seq }) => read.push([channel, seq]));`);
  }
  assert.equal(await second.evaluate('client.channel("g1").markRead(9)'), 1);
  for (const tab of [first, second]) {
    await until('the tab hears it', () => tab.evaluate('read.length > 0'));
    assert.deepEqual(await tab.evaluate('read'), [['g1', 1]]);
  }
  assert.equal(await metric(url, 'parley_streams_open'), 1);
  await context.close();
});

test(
  'a tab without the connection asks for the presence of new channels alone',
  shared.options,
  async () => {
    const context = await shared.browser.newContext();
    await context.clock.install();
    await openTab(context, shared.parley.url, ['f1', 'f2']);
    const [asked, answered]: [string[], string[]] = [[], []];
    const isOfPresence = (request: Request) => request.url().endsWith('/presence');
    context.on('request', (one) => isOfPresence(one) && asked.push(one.url()));
    context.on('requestfinished', (one) => isOfPresence(one) && answered.push(one.url()));
    const tab = await openTab(context, shared.parley.url, ['f1', 'f3']);
    await tab.evaluate(`guests = {}; for (const name of ['f1', 'f2', 'f3'])
    client.channel(name).on('presence', (event) => { guests[name] = event.guests; })`);
    await until('it has the presence', () => tab.evaluate('guests.f2 === 1'));
    // The clock would end a request that waits for its answer.
    await until('its requests are answered', () => answered.length === asked.length);
    const before = [...asked];
    // The tab repeats every 30 s what it wants, and the leader answers.
    for (let i = 0; i < 3; i++) {
      await context.clock.fastForward(31_000);
      await post(shared.parley.url, 'f3', String(i));
      await shows(tab, { f1: 0, f3: i + 1 });
    }
    assert.deepEqual(asked, before);
    await context.close();
  },
);

test('tabs with names too long for one stream get every event once', shared.options, async () => {
  const context = await shared.browser.newContext();
  // Each stream has space for nine of these names.
  const names = Array.from({ length: 20 }, (_, i) => `${'語'.repeat(60)}${10 + i}`);
  const first = await openTab(context, shared.parley.url, names.slice(0, 15));
  const second = await openTab(context, shared.parley.url, names.slice(5));
  const postToAll = async (text: string) => {
    for (const name of names) await post(shared.parley.url, name, text);
  };
  const all = (some: string[], last: number) =>
    Object.fromEntries(some.map((name) => [name, last]));
  await postToAll('1');
  await shows(first, all(names.slice(0, 15), 1));
  await shows(second, all(names.slice(5), 1));
  const haveStreams = (count: number) =>
    until(
      `${count} streams are open`,
      async () => (await metric(shared.parley.url, 'parley_streams_open')) === count,
    );
  await haveStreams(3);
  await first.close();
  await postToAll('2');
  await shows(second, all(names.slice(5), 2));
  await haveStreams(2);
  await context.close();
});

test('a tab that rests does not ask the next leader for its channels', shared.options, async () => {
  const context = await shared.browser.newContext();
  const first = await openTab(context, shared.parley.url, ['rests', 'stays']);
  const second = await openTab(context, shared.parley.url, ['stays']);
  await first.evaluate("dispatchEvent(new Event('pagehide'))");
  const guests = async (channel: string) => {
    const answer = await fetch(`${shared.parley.url}/broadcast/${channel}/presence`);
    return ((await answer.json()) as { guests: number }).guests;
  };
  await post(shared.parley.url, 'stays', '1');
  await shows(second, { stays: 1 });
  await until('the second tab leads', async () => (await guests('stays')) === 1);
  await until('no tab reads the other channel', async () => (await guests('rests')) === 0);
  await context.close();
});
