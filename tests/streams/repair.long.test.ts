import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';

/** A real broker that loses, repeats and delays events as the test demands. */
const stack = new AsyncDisposableStack();
let treat: (event: { seq: number; repeat: () => void }) => 'pass' | 'lose' = () => 'pass';
let busUrl: string;
let storeUrl: string;
let chat: Running;
let broadcast: Running;

before(async () => {
  const folder = stack.use(await temporaryFolder());
  const aedes = await Aedes.createBroker({
    authorizeForward(_client, packet) {
      if (!packet.topic.startsWith('chat/events/')) return packet;
      const { seq } = JSON.parse(String(packet.payload));
      const repeat = () =>
        setTimeout(() => other.publish(packet.topic, String(packet.payload), { qos: 1 }), 20);
      return treat({ seq, repeat }) === 'pass' ? packet : null;
    },
  });
  const server = createServer(aedes.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  busUrl = `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`;
  const other = await mqtt.connectAsync(busUrl);
  stack.defer(async () => {
    await other.endAsync(true);
    await new Promise<void>((resolve) => aedes.close(resolve));
    server.close();
  });
  storeUrl = `sqlite:${folder.path}/parley.db`;
  chat = stack.use(await start('services/chat', { MQTT_URL: busUrl, STORE_URL: storeUrl }));
  broadcast = stack.use(
    await start('services/broadcast', { MQTT_URL: busUrl, CHAT_URL: chat.url }),
  );
});
after(() => stack.disposeAsync());

async function repaired(): Promise<number> {
  const text = await (await fetch(`${broadcast.url}/metrics`)).text();
  return Number(/^parley_events_repaired_total (\d+)/m.exec(text)?.[1]);
}

test('if the bus loses every third event and repeats every fourth, readers still get all, once, in order', async () => {
  const gone = new Set<number>();
  const again = new Set<number>();
  treat = ({ seq, repeat }) => {
    if (seq % 4 === 0 && !again.has(seq)) {
      again.add(seq);
      repeat();
    }
    if (seq % 3 !== 0) return 'pass';
    gone.add(seq);
    return 'lose';
  };
  const readers = Array.from({ length: 5 }, () => new EventReader(broadcast.url, 'lossy'));
  await Promise.all(readers.map((reader) => reader.greeted()));
  for (let i = 0; i < 200; i += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, j) => post(chat.url, 'lossy', `m${i + j}`)));
  }
  const log = await wholeLog(chat.url, 'lossy');
  assert.equal(log.length, 200);
  for (const reader of readers) {
    await reader.received(200);
    assert.deepEqual(reader.events, log);
    reader[Symbol.dispose]();
  }
  assert.ok(gone.size >= 60);
  assert.ok((await repaired()) >= 60);
});

test('a lost last event is found by comparison with the log', async () => {
  treat = () => 'lose';
  using reader = new EventReader(broadcast.url, 'last-lost');
  await reader.greeted();
  await post(chat.url, 'last-lost', 'nobody published me');
  await reader.received(1, 10_000);
  assert.deepEqual(reader.seqs, [1]);
});

test('an invalid event is dropped and counted, and the stream goes on', async () => {
  treat = () => 'pass';
  using reader = new EventReader(broadcast.url, 'junk');
  await reader.greeted();
  const client = await mqtt.connectAsync(busUrl);
  await client.publishAsync('chat/events/junk', '{"seq": "no", "kind": "message"}', { qos: 1 });
  await client.endAsync();
  await post(chat.url, 'junk', 'a real one');
  await reader.received(1);
  const text = await (await fetch(`${broadcast.url}/metrics`)).text();
  assert.match(text, /^parley_events_refused_total 1$/m);
});

test('after the log was replaced readers get a reset and then the new events', async () => {
  treat = () => 'pass';
  for (let i = 1; i <= 5; i++) await post(chat.url, 'replaced', `old ${i}`);
  using reader = new EventReader(broadcast.url, 'replaced', '?last=50');
  await reader.received(5);
  const { port } = new URL(chat.url);
  await chat.end('SIGTERM');
  const file = storeUrl.slice('sqlite:'.length);
  await cp(file, `${file}.old`);
  for (const part of ['', '-wal', '-shm']) await rm(file + part, { force: true });
  chat = stack.use(
    await start('services/chat', { MQTT_URL: busUrl, STORE_URL: storeUrl, PORT: port }),
  );
  await post(chat.url, 'replaced', 'new 1');
  await until('a reset arrived', () => reader.resets.length > 0);
  assert.deepEqual(reader.resets, [{ reason: 'epoch', history: '/chat/replaced/events' }]);
  const { epoch } = await post(chat.url, 'replaced', 'new 2');
  await until('the new event arrived', () => reader.events.at(-1)?.message === 'new 2');
  assert.equal(reader.ids.at(-1), `${epoch}:2`);
});
