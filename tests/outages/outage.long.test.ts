import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const stack = new AsyncDisposableStack();
let broker: Running;
let chat: Running;
let broadcast: Running;
let mqttPort: string;

before(async () => {
  const folder = stack.use(await temporaryFolder());
  broker = await start('broker', {});
  stack.defer(async () => void (await broker.end('SIGKILL')));
  const { mqtt = '' } = broker.ready;
  mqttPort = new URL(mqtt).port;
  chat = stack.use(
    await start('services/chat', { MQTT_URL: mqtt, STORE_URL: `sqlite:${folder.path}/parley.db` }),
  );
  broadcast = stack.use(await start('services/broadcast', { MQTT_URL: mqtt, CHAT_URL: chat.url }));
});
after(() => stack.disposeAsync());

async function away(): Promise<void> {
  await broker.end('SIGKILL');
  await until('chat and broadcast have noticed the outage', async () => {
    const states = await Promise.all([chat, broadcast].map(({ url }) => fetch(`${url}/readyz`)));
    return states.every(({ status }) => status === 503);
  });
}

async function back(): Promise<void> {
  broker = await start('broker', { MQTT_PORT: mqttPort });
  await until('chat and broadcast are ready again', async () => {
    const states = await Promise.all([chat, broadcast].map(({ url }) => fetch(`${url}/readyz`)));
    return states.every(({ status }) => status === 200);
  });
}

test('without the broker every post is stored and read, and after its return posts go on', async () => {
  using reader = new EventReader(broadcast.url, 'outage');
  await reader.greeted();
  await post(chat.url, 'outage', 'before');
  await away();
  for (let i = 0; i < 20; i++) {
    await Promise.all(Array.from({ length: 20 }, (_, j) => post(chat.url, 'outage', `${i} ${j}`)));
  }
  await reader.received(401);
  await back();
  await Promise.all(Array.from({ length: 20 }, () => post(chat.url, 'outage', 'after')));
  await reader.received(421);
  assert.deepEqual(reader.events, await wholeLog(chat.url, 'outage'));
});

test('a reader with a position of another log costs live readers no event', async () => {
  await away();
  using live = new EventReader(broadcast.url, 'empty');
  await live.greeted();
  await post(chat.url, 'empty', 'first');
  using stranger = new EventReader(broadcast.url, 'empty', '?lastEventId=other:3');
  await until('the stranger was reset', () => stranger.resets.length > 0);
  await post(chat.url, 'empty', 'second');
  await live.received(2);
  assert.deepEqual(live.seqs, [1, 2]);
  assert.deepEqual(live.resets, []);
  await back();
});

test('channels with the longest names are compared with the log like any other', async () => {
  await away();
  const names = Array.from(
    { length: 60 },
    (_, i) => `${'語'.repeat(62)}${String(i).padStart(2, '0')}`,
  );
  const readers = names.map((name) => new EventReader(broadcast.url, name));
  await Promise.all(readers.map((reader) => reader.greeted()));
  await Promise.all(names.map((name) => post(chat.url, name, 'hi')));
  await Promise.all(readers.map((reader) => reader.received(1)));
  for (const reader of readers) reader[Symbol.dispose]();
  await back();
});

test('services stop in order and soon even if the broker does not answer', async () => {
  await post(chat.url, 'hung', 'before');
  process.kill(broker.pid, 'SIGSTOP');
  await post(chat.url, 'hung', 'while it hangs');
  const startedAt = performance.now();
  assert.equal(await broadcast.end('SIGTERM'), 0);
  assert.equal(await chat.end('SIGTERM'), 0);
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs < 10_000, `${tookMs} ms`);
});
