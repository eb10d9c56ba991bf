import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Presence, PresenceChange } from '@parley/contract/channels/presence.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { connectTo, PART_PASSWORD } from '@parley/testkit/mqtt-brokers/mqtt-broker.ts';
import { until } from '@parley/testkit/until.ts';
import {
  connectAs,
  type Deployment,
  leavers,
  readAs,
  shown,
  startDeployment,
} from './presence-deployment.ts';

interface PresenceReader {
  presences: PresenceChange[];
}

/** Waits until a reader's page shows these names and this number of guests. */
const shows = (reader: PresenceReader, here: string[], guests: number) =>
  until(
    `${here} and ${guests} guests are shown, not ${JSON.stringify(shown(reader.presences))}`,
    () => {
      const page = shown(reader.presences);
      return String(page.here) === String(here) && page.guests === guests;
    },
  );

async function lookAt(url: string, channel: string): Promise<Presence> {
  return (await (await fetch(`${url}/broadcast/${channel}/presence`)).json()) as Presence;
}

let deployment: Deployment;
before(async () => {
  deployment = await startDeployment('open');
});
after(() => deployment[Symbol.asyncDispose]());

test('readers of every kind see each other by name over two replicas, and guests as a number', async () => {
  const { left, right } = deployment;
  using ada = connectAs(deployment, 'ada', left.url, 'all');
  using bob = readAs(deployment, 'bob', right.url, 'all');
  using guest = new EventReader(left.url, 'all');
  for (const reader of [ada, bob, guest]) await shows(reader, ['ada', 'bob'], 1);
  assert.deepEqual(await lookAt(right.url, 'all'), {
    channel: 'all',
    here: ['ada', 'bob'],
    named: 2,
    guests: 1,
  });

  using tab = readAs(deployment, 'ada', right.url, 'all');
  const zoe = connectAs(deployment, 'zoe', right.url, 'all');
  for (const reader of [ada, bob, guest, tab]) await shows(reader, ['ada', 'bob', 'zoe'], 1);
  assert.equal((await lookAt(left.url, 'all')).named, 3);
  const leftAt = Date.now();
  zoe[Symbol.dispose]();
  for (const reader of [ada, bob, guest, tab]) await shows(reader, ['ada', 'bob'], 1);
  assert.ok(Date.now() - leftAt > 4_000, 'a reader may return within some seconds');
  assert.deepEqual(leavers(bob.presences), ['zoe']);
  assert.deepEqual(guest.ids, [], 'presence moves no position');
});

test('a reload is not a leave, at the same replica or at another', async () => {
  const { broker, left, right } = deployment;
  const device = await connectTo(broker.ports[0] ?? 0, broker.caFile, PART_PASSWORD);
  const published = new Map<string, string>();
  device.on('message', (topic, payload) => published.set(topic, String(payload)));
  await device.subscribeAsync('chat/presence/reload/+');
  const away = (name: string) =>
    until(`${name} is away`, () => ![...published.values()].some((text) => text.includes(name)));
  using watcher = readAs(deployment, 'eve', left.url, 'reload');
  const ada = readAs(deployment, 'ada', left.url, 'reload');
  const bob = connectAs(deployment, 'bob', right.url, 'reload');
  const zoe = readAs(deployment, 'zoe', left.url, 'reload');
  await shows(watcher, ['ada', 'bob', 'eve', 'zoe'], 0);
  for (const reader of [ada, bob, zoe]) reader[Symbol.dispose]();
  for (const name of ['ada', 'bob', 'zoe']) await away(name);
  using _ada = readAs(deployment, 'ada', right.url, 'reload');
  using _bob = connectAs(deployment, 'bob', right.url, 'reload');
  await shows(watcher, ['ada', 'bob', 'eve'], 0);
  assert.deepEqual(leavers(watcher.presences), ['zoe']);
  await device.endAsync(true);
});

test('a replica without readers in a channel knows the readers at other replicas', async () => {
  const { left, right } = deployment;
  using ada = readAs(deployment, 'ada', left.url, 'elsewhere');
  await shows(ada, ['ada'], 0);
  await until(
    'the other replica knows',
    async () => (await lookAt(right.url, 'elsewhere')).named === 1,
  );
  assert.deepEqual(await lookAt(right.url, 'empty'), {
    channel: 'empty',
    here: [],
    named: 0,
    guests: 0,
  });
});

test('above 200 names only the numbers are sent, rarely, and below that the names again', async () => {
  const { left, right } = deployment;
  using watcher = readAs(deployment, 'eve', left.url, 'crowd');
  await shows(watcher, ['eve'], 0);
  const startedAt = Date.now();
  const crowd = Array.from({ length: 300 }, (_, i) =>
    connectAs(deployment, `reader ${i}`, (i % 2 ? left : right).url, 'crowd'),
  );
  await until('all readers are counted', () => shown(watcher.presences).named === 301);
  const periods = 1 + (Date.now() - startedAt) / 1_000;
  assert.ok(watcher.presences.length <= 2 + periods, `${watcher.presences.length} events`);
  assert.equal(shown(watcher.presences).here, undefined);
  const seen = () => lookAt(right.url, 'crowd');
  await until('the other replica counts them', async () => (await seen()).named === 301);
  assert.deepEqual(await seen(), { channel: 'crowd', named: 301, guests: 0 });
  for (const reader of crowd.splice(10)) reader[Symbol.dispose]();
  await until('ten are left', () => shown(watcher.presences).here?.length === 11);
  for (const reader of crowd) reader[Symbol.dispose]();
});

test('without the broker no reader is announced as left, and new readers are announced when it is back', async () => {
  const { broker, left, right } = deployment;
  using ada = readAs(deployment, 'ada', left.url, 'away');
  using bob = readAs(deployment, 'bob', right.url, 'away');
  for (const reader of [ada, bob]) await shows(reader, ['ada', 'bob'], 0);
  const [node] = broker.nodes;
  await node?.end('SIGKILL');
  using zoe = readAs(deployment, 'zoe', right.url, 'away');
  const guest = new EventReader(right.url, 'away');
  await shows(zoe, ['ada', 'bob', 'zoe'], 1);
  guest[Symbol.dispose]();
  // Longer than any grace time.
  await shows(zoe, ['ada', 'bob', 'zoe'], 0);
  await node?.begin();
  await shows(ada, ['ada', 'bob', 'zoe'], 0);
  assert.deepEqual(leavers([...ada.presences, ...bob.presences]), []);
});

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`after ${signal} of a replica only the readers that do not return leave, and nothing of it stays`, async () => {
    await using own = await startDeployment('open');
    const { broker, left, right } = own;
    const [port = 0] = broker.ports;
    using watcher = readAs(own, 'eve', right.url, 'end');
    const ada = connectAs(own, 'ada', left.url, 'end');
    const bob = connectAs(own, 'bob', left.url, 'end');
    using alone = connectAs(own, 'ada', left.url, 'alone');
    await shows(alone, ['ada'], 0);
    await shows(watcher, ['ada', 'bob', 'eve'], 0);
    await left.end(signal);
    await Promise.all([ada.closed, bob.closed]);
    using _back = connectAs(own, 'ada', right.url, 'end');
    await shows(watcher, ['ada', 'eve'], 0);
    assert.deepEqual(leavers(watcher.presences), ['bob']);

    using first = readAs(own, 'zoe', right.url, 'alone');
    await shows(first, ['zoe'], 0);
    const device = await connectTo(port, broker.caFile, PART_PASSWORD);
    const kept: string[] = [];
    device.on('message', (_, payload, { retain }) => retain && kept.push(String(payload)));
    await device.subscribeAsync('chat/presence/#');
    await until('both channels have retained presence', () => kept.length >= 2);
    assert.deepEqual(kept.map((payload) => JSON.parse(payload).names.sort()).sort(), [
      ['ada', 'eve'],
      ['zoe'],
    ]);
    await device.endAsync(true);
    ada[Symbol.dispose]();
    bob[Symbol.dispose]();
  });
}

test('with AUTH=required only those who may read the channel get its presence', async () => {
  await using own = await startDeployment('required');
  using ada = connectAs(own, 'ada', own.left.url, 'team.red');
  await shows(ada, ['ada'], 0);
  const ask = (claims: object) =>
    fetch(`${own.right.url}/broadcast/team.red/presence`, { headers: own.headersOf(claims) });
  assert.equal((await fetch(`${own.right.url}/broadcast/team.red/presence`)).status, 401);
  assert.equal((await ask({ subscribe: ['team.blue'] })).status, 403);
  const allowed = await ask({ subscribe: ['team.*'] });
  assert.equal(allowed.status, 200);
  assert.deepEqual(((await allowed.json()) as Presence).here, ['ada']);
});
