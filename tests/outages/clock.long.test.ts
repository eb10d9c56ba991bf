import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MessageReceipt } from '@parley/contract/events/message.ts';
import { eventsPage, wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { openPostgres } from '@parley/testkit/databases/databases.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { until } from '@parley/testkit/until.ts';

const HOUR_MS = 3_600_000;
const POSTS = 300;
const SHIFTED_CLOCK = new URL('../../packages/testkit/processes/shifted-clock.mjs', import.meta.url)
  .href;
const NEEDS = needs('postgresql');

const stack = new AsyncDisposableStack();
let env: Record<string, string>;

before(async () => {
  if (NEEDS.skip) return;
  const database = stack.use(await openPostgres());
  const broker = stack.use(await start('broker', {}));
  env = { MQTT_URL: broker.ready.mqtt ?? '', STORE_URL: await database.create('clock') };
});
after(() => stack.disposeAsync());

/** Starts a chat whose clock is wrong by this number of hours. */
function startChat(hours: number, more: Record<string, string> = {}): Promise<Running> {
  return start('services/chat', {
    ...env,
    ...more,
    SERVER_NAME: `chat${hours}`,
    NODE_OPTIONS: `--import ${SHIFTED_CLOCK}`,
    CLOCK_SHIFT_MS: String(hours * HOUR_MS),
  });
}

test(
  'replicas with clocks an hour off change nothing in order, keys, pages and resumes',
  NEEDS,
  async () => {
    await using behind = await startChat(-1);
    await using ahead = await startChat(1);
    await using right = await startChat(0);
    const urls = [behind, ahead, right].map(({ url }) => url);
    await using broadcast = await start('services/broadcast', { ...env, CHAT_URL: ahead.url });
    using live = new EventReader(broadcast.url, 'order');
    await live.greeted();

    const numbers = Array.from({ length: POSTS }, (_, i) => i);
    const receipts = await Promise.all(numbers.map((i) => postWithKey(urls[i % 3] ?? '', i)));
    const again = await Promise.all(numbers.map((i) => postWithKey(urls[(i + 1) % 3] ?? '', i)));
    assert.deepEqual(again, receipts);

    const log = await wholeLog(behind.url, 'order');
    assert.deepEqual(
      log.map(({ seq }) => seq),
      numbers.map((i) => i + 1),
    );
    for (const [i, { seq, at }] of receipts.entries()) {
      assert.deepEqual([log[seq - 1]?.message, log[seq - 1]?.at], [`m${i}`, at]);
    }
    assert.ok(hoursBetween(log) > 1.9, 'the clocks were wrong');
    for (const { url } of [ahead, right]) assert.deepEqual(await wholeLog(url, 'order'), log);
    const { events } = await eventsPage(right.url, 'order', 'before=200&limit=50');
    assert.deepEqual(events, log.slice(149, 199));

    using resumed = new EventReader(broadcast.url, 'order', `?lastEventId=${log[99]?.id}`);
    using newest = new EventReader(broadcast.url, 'order', '?last=50');
    await Promise.all([live.received(POSTS), resumed.received(POSTS - 100), newest.received(50)]);
    assert.deepEqual(live.events, log);
    assert.deepEqual(resumed.events, log.slice(100));
    assert.deepEqual(newest.events, log.slice(-50));
    assert.deepEqual([...live.resets, ...resumed.resets, ...newest.resets], []);
  },
);

test(
  'a clock that is an hour off keeps events an hour longer or shorter, and changes nothing else',
  NEEDS,
  async () => {
    for (const hours of [-26, -24, -22]) {
      await using past = await startChat(hours);
      await post(past.url, 'aged', `${hours}`);
      await post(past.url, 'aged', `${hours}`);
    }
    const kept = async ({ url }: Running) =>
      (await wholeLog(url, 'aged')).map(({ message }) => message);
    await using behind = await startChat(-1, { RETENTION_DAYS: '1' });
    await until(
      'the events that are too old by every clock are gone',
      async () => (await kept(behind)).length === 4,
    );
    assert.deepEqual(await kept(behind), ['-24', '-24', '-22', '-22']);
    await using ahead = await startChat(1, { RETENTION_DAYS: '1' });
    await until(
      'the events that are too old by that clock are gone',
      async () => (await kept(ahead)).length < 4,
    );
    assert.deepEqual(await kept(ahead), ['-22', '-22']);
  },
);

async function postWithKey(url: string, i: number): Promise<MessageReceipt> {
  const response = await fetch(`${url}/chat/order`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `key-${i}` },
    body: JSON.stringify({ username: 'ada', message: `m${i}` }),
  });
  return (await response.json()) as MessageReceipt;
}

/** The hours between the earliest and the latest time of the events. */
function hoursBetween(log: { at: string }[]): number {
  const times = log.map(({ at }) => Date.parse(at));
  return (Math.max(...times) - Math.min(...times)) / HOUR_MS;
}
