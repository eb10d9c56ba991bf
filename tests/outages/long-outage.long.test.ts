import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventsTopic } from '@parley/contract/channels/topic.ts';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt from 'mqtt';

const CHANNEL = 'long-outage';
const AWAY_MS = 60_000;
const POSTS_PER_SECOND = 100;
const DELIVERY_LIMIT_MS = 10_000;
const READERS = 5;

test('with the broker down for a minute every post is accepted and read, and devices get all within 10 s of its return', async (t) => {
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await temporaryFolder());
  const mqttPort = await freePort();
  const ofBroker = { MQTT_PORT: String(mqttPort) };
  const broker = stack.use(await start('broker', ofBroker));
  // Chat reconnects to the broker after the device has. A device must read what it missed from the
  // log.
  const link = stack.use(await LinkProxy.open([mqttPort]));
  const env = {
    MQTT_URL: `mqtt://127.0.0.1:${link.port}`,
    STORE_URL: `sqlite:${folder}/parley.db`,
  };
  const chat = stack.use(await start('services/chat', env));
  const broadcast = stack.use(await start('services/broadcast', { ...env, CHAT_URL: chat.url }));
  const readers = Array.from({ length: READERS }, () =>
    stack.use(new EventReader(broadcast.url, CHANNEL)),
  );
  await Promise.all(readers.map((reader) => reader.greeted()));

  await broker.end('SIGKILL');
  link.cut();
  const receipts = await postFor(AWAY_MS, chat.url);
  await Promise.all(readers.map((reader) => reader.received(receipts.length)));

  stack.use(await start('broker', ofBroker));
  const backAt = performance.now();
  const received = new Map<number, ChatEvent>();
  const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
  stack.defer(() => device.endAsync(true));
  device.on('message', (_topic, payload) => {
    const event: ChatEvent = JSON.parse(String(payload));
    received.set(event.seq, event);
  });
  await device.subscribeAsync(eventsTopic(CHANNEL), { qos: 1 });
  link.heal();
  await until(
    'the device has all events',
    () => received.size === receipts.length,
    DELIVERY_LIMIT_MS,
  );
  const tookMs = performance.now() - backAt;
  assert.ok(tookMs < DELIVERY_LIMIT_MS, `${tookMs} ms`);

  await post(chat.url, CHANNEL, 'after');
  const log = await wholeLog(chat.url, CHANNEL);
  assert.equal(log.length, receipts.length + 1);
  await until('the device has the last event', () => received.size === log.length);
  assert.deepEqual(
    [...received.values()].sort((a, b) => a.seq - b.seq),
    log,
  );
  for (const reader of readers) {
    await reader.received(log.length);
    assert.deepEqual(reader.events, log);
    assert.equal(reader.hellos.length, 1);
  }
  t.diagnostic(
    `${receipts.length} posts; the device had all ${Math.round(tookMs)} ms after the return`,
  );
});

/** Posts at a steady rate; rejects if a post is not accepted at once. */
async function postFor(ms: number, url: string) {
  const posts: ReturnType<typeof post>[] = [];
  for (const end = Date.now() + ms; Date.now() < end; await delay(1000 / POSTS_PER_SECOND)) {
    posts.push(post(url, CHANNEL, `m${posts.length}`));
  }
  return Promise.all(posts);
}
