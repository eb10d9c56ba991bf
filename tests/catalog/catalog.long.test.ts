import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { openDemoMessages } from '@parley/catalog/demo-feeds/demo-messages.ts';
import { metric } from '@parley/testkit/metric.ts';
import { type NatsServer, startNats } from '@parley/testkit/processes/nats-server.ts';
import { type Running, runToEnd, start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { readLines } from './read-lines.ts';
import { resendAfter } from './resend-after.ts';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
const folder = stack.use(await temporaryFolder()).path;
const demo = openDemoMessages(7);
let nats: NatsServer;
let connection: NatsConnection;
let catalog: Running;
let env: Record<string, string>;

interface FeedLine {
  feed: string;
  stored: number;
  deadLetters: number;
  lag: number;
}

async function feed(name: string, { url } = catalog): Promise<FeedLine> {
  const { feeds } = (await (await fetch(`${url}/catalog`)).json()) as { feeds: FeedLine[] };
  const found = feeds.find((one) => one.feed === name);
  if (!found) throw new Error(`there is no feed ${name}`);
  return found;
}

const stored = (name: string, count: number) =>
  until(`${count} of ${name} are stored`, async () => (await feed(name)).stored >= count);

const options = needs('nats');

before(async () => {
  if (options.skip) return;
  nats = stack.use(await startNats());
  connection = await nats.connect();
  stack.defer(() => connection.close());
  env = { NATS_URL: nats.url, STORE_URL: `sqlite:${folder}/catalog.db` };
  catalog = await start('services/catalog', env);
  stack.defer(() => catalog.end('SIGTERM').then(() => undefined));
  await ready();
  await resendAfter(connection, 2_000);
});

const ready = () =>
  until('both feeds are open', async () => {
    const manager = await jetstreamManager(connection);
    const found = await manager.consumers
      .list('parley-feeds')
      .next()
      .catch(() => []);
    return found.length === 2;
  });

test(
  'published messages are stored byte by byte, and read as JSON and as lines',
  options,
  async () => {
    const sent = Array.from({ length: 250 }, () => demo.execution());
    for (const bytes of sent) connection.publish('execution', bytes);
    await stored('execution', 250);
    const lines = await readLines(catalog.url, 'execution');
    assert.deepEqual(
      lines.map(({ bytes }) => bytes),
      sent.map((bytes) => Buffer.from(bytes).toString('base64')),
    );
    const first = (await (await fetch(`${catalog.url}/catalog/execution?limit=200`)).json()) as {
      next: number;
      records: typeof lines;
    };
    const second = (await (
      await fetch(`${catalog.url}/catalog/execution?after=${first.next}`)
    ).json()) as { next: null; records: typeof lines };
    assert.deepEqual([first.next, second.next], [200, null]);
    assert.deepEqual([...first.records, ...second.records], lines);
    const [from, to] = [lines[10]?.published, lines[20]?.published];
    const some = await readLines(catalog.url, 'execution', `?from=${from}&to=${to}&limit=5`);
    assert.deepEqual(some, lines.slice(10, 15));
  },
);

test(
  'an empty, a truncated and a foreign message are dead letters, a megabyte is stored, and the feed goes on',
  options,
  async () => {
    const before = await feed('sport_event');
    const whole = demo.sportEvent();
    // The whole message with its headers must fit the server's max_payload.
    const big = Buffer.concat([
      Buffer.from([8, 1, 0x12, 1, 65, 0x1a, 0xf0, 0xff, 0x3f]),
      Buffer.alloc(1_048_560, 66),
    ]);
    for (const bytes of [
      new Uint8Array(),
      whole.subarray(0, whole.length - 3),
      demo.execution(),
      big,
      whole,
    ]) {
      connection.publish('sport_event', bytes);
    }
    await stored('sport_event', before.stored + 2);
    await until(
      'the dead letters are kept',
      async () => (await feed('sport_event')).deadLetters === before.deadLetters + 3,
    );
    const lines = await readLines(catalog.url, 'sport_event', `?after=${before.stored}`);
    assert.deepEqual(
      lines.map(({ bytes }) => bytes),
      [big, whole].map((bytes) => Buffer.from(bytes).toString('base64')),
    );
    assert.equal(
      await metric(catalog.url, 'parley_catalog_messages_total{feed="sport_event",outcome="dead"}'),
      3,
    );
    await until('all is acknowledged', async () => (await feed('sport_event')).lag === 0);
  },
);

test('a repeated Nats-Msg-Id that the server has forgotten is stored once', options, async () => {
  const manager = await jetstreamManager(connection);
  await manager.streams.update('parley-feeds', { duplicate_window: 100_000_000 });
  const { stored: before } = await feed('execution');
  const send = async () => {
    const named = headers();
    named.set('Nats-Msg-Id', 'order-1');
    return jetstream(connection).publish('execution', demo.execution(), { headers: named });
  };
  await send();
  await until('the server has forgotten the id', async () => !(await send()).duplicate);
  connection.publish('execution', demo.execution());
  await stored('execution', before + 2);
  const lines = await readLines(catalog.url, 'execution', `?after=${before}`);
  assert.deepEqual(
    lines.map(({ messageId }) => messageId),
    ['order-1', null],
  );
});

test('a stream that is deleted and created again counts as a new stream', options, async () => {
  const manager = await jetstreamManager(connection);
  const { stored: before } = await feed('execution');
  await manager.streams.delete('parley-feeds');
  await ready();
  const sent = [demo.execution(), demo.execution()];
  for (const bytes of sent) connection.publish('execution', bytes);
  await stored('execution', before + 2);
  const lines = await readLines(catalog.url, 'execution', `?after=${before}`);
  assert.deepEqual(
    lines.map(({ streamSeq }) => streamSeq),
    [1, 2],
  );
  assert.deepEqual(
    lines.map(({ bytes }) => bytes),
    sent.map((bytes) => Buffer.from(bytes).toString('base64')),
  );
});

test('two catalogs on one store share a feed and store each message once', options, async () => {
  await using second = await start('services/catalog', env);
  const { stored: before } = await feed('sport_event');
  const sent = Array.from({ length: 5_000 }, () => demo.sportEvent());
  for (const bytes of sent) connection.publish('sport_event', bytes);
  await stored('sport_event', before + sent.length);
  await until('all is acknowledged', async () => (await feed('sport_event', second)).lag === 0);
  const lines = await readLines(second.url, 'sport_event', `?after=${before}`);
  assert.equal(new Set(lines.map(({ streamSeq }) => streamSeq)).size, sent.length);
  assert.equal((await feed('sport_event')).stored, before + sent.length);
  assert.equal(await second.end('SIGTERM'), 0);
});

test(
  'without NATS the catalog is not ready; it reconnects by itself and goes on',
  options,
  async () => {
    await nats.process.end('SIGKILL');
    await until(
      'the catalog is not ready',
      async () => (await fetch(`${catalog.url}/readyz`)).status === 503,
    );
    await nats.process.begin();
    connection = await nats.connect();
    await until(
      'the catalog is ready',
      async () => (await fetch(`${catalog.url}/readyz`)).status === 200,
    );
    const { stored: before } = await feed('sport_event');
    connection.publish('sport_event', demo.sportEvent());
    await stored('sport_event', before + 1);
  },
);

test('a third feed needs one file and three lines', options, async () => {
  mkdirSync(`${folder}/feeds`);
  writeFileSync(
    `${folder}/feeds/weather.proto`,
    'syntax = "proto3"; package sky; message Report { string place = 1; sint32 celsius = 2; }',
  );
  writeFileSync(
    `${folder}/feeds/feeds.json`,
    '[{ "subject": "weather.report", "proto": "weather.proto", "type": "sky.Report" }]',
  );
  const own = { ...env, FEEDS_FILE: `${folder}/feeds/feeds.json` };
  await using third = await start('services/catalog', own);
  await until('the feed is captured', async () => {
    connection.publish('weather.report', Buffer.from([0x0a, 2, 0x4f, 0x73, 0x10, 3]));
    return (await feed('weather.report', third)).stored > 0;
  });
  const [line] = await readLines(third.url, 'weather.report');
  assert.deepEqual(line?.data, { place: 'Os', celsius: -2 });
  const unknown = await fetch(`${third.url}/catalog/execution`);
  assert.equal(unknown.status, 404);
  await third.end('SIGTERM');
  writeFileSync(`${folder}/feeds/weather.proto`, 'message Report { string place');
  const { code, stderr } = await runToEnd('services/catalog', own);
  assert.equal(code, 1);
  assert.match(stderr, /^parley cannot start: FEEDS_FILE: \S+weather\.proto: .+\n$/);
});

test('invalid queries are refused', options, async () => {
  for (const query of ['after=-1', 'limit=0', 'from=yesterday', 'to=2026-13-01']) {
    const response = await fetch(`${catalog.url}/catalog/execution?${query}`);
    assert.equal(response.status, 400, query);
    assert.equal(((await response.json()) as { code: string }).code, 'invalid-query');
  }
});
