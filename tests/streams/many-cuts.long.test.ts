import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { everyEvent } from '@parley/testkit/clients/event-log.ts';
import { CuttingProxy } from '@parley/testkit/processes/cutting-proxy.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { type Running, startBare } from '@parley/testkit/processes/running.ts';
import { Random } from '@parley/testkit/random.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { EventSource } from 'eventsource';

const CUTS = 1_000;
/** Readers of each number of channels. */
const READERS = 12;
const SIZES = [1, 20, 100];
/** Posts of one round, and its length: 100 events a second. */
const ROUND = { posts: 10, ms: 100 };
const MOST_BYTES = 30_000;

const channels = Array.from({ length: 100 }, (_, i) => `room.${i}`);
const stack = new AsyncDisposableStack();
const random = new Random(20_261_129);
let chat: Running;
let proxy: CuttingProxy;
let ports: number[];
let startBroadcast: (port: number) => Promise<Running>;

before(async () => {
  const { path } = stack.use(await temporaryFolder());
  const mqttPort = await freePort();
  const bus = { MQTT_URL: `mqtt://127.0.0.1:${mqttPort}` };
  stack.use(await startBare('broker', { PORT: '0', MQTT_PORT: String(mqttPort) }));
  const store = { STORE_URL: `sqlite:${path}/parley.db` };
  chat = stack.use(await startBare('services/chat', { PORT: '0', ...bus, ...store }));
  const env = { ...bus, CHAT_URL: chat.url, CANARY_SECONDS: '0' };
  startBroadcast = (port) => startBare('services/broadcast', { ...env, PORT: String(port) });
  ports = [await freePort(), await freePort()];
  proxy = stack.use(
    await CuttingProxy.open(ports, () => Math.floor(random.between(1, MOST_BYTES))),
  );
});
after(() => stack.disposeAsync());

/**
 * A reader of the first `size` channels from their first events, and the seqs that it received of each.
 */
class ManyReader implements Disposable {
  readonly seqs = new Map<string, number[]>();
  readonly #source: EventSource;

  constructor(size: number) {
    const query = channels.slice(0, size).map((name) => `channel=${name}`);
    this.#source = new EventSource(
      `${proxy.url}/broadcast?${query.join('&')}&untyped=1&presence=0&last=1000`,
    );
    this.#source.onmessage = ({ data }) => {
      const { channel, seq } = JSON.parse(data);
      const known = this.seqs.get(channel);
      if (known) known.push(seq);
      else this.seqs.set(channel, [seq]);
    };
  }

  get count(): number {
    return this.seqs.values().reduce((sum, { length }) => sum + length, 0);
  }

  get isOpen(): boolean {
    return this.#source.readyState === EventSource.OPEN;
  }

  [Symbol.dispose](): void {
    this.#source.close();
  }
}

const posts: Promise<void>[] = [];

async function postOne(channel: string, data: string): Promise<void> {
  const body = JSON.stringify({ type: 'tick', data });
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${chat.url}/chat/${channel}`, { method: 'POST', headers, body });
  assert.equal(answer.status, 201);
  await answer.body?.cancel();
}

/** Begins the posts of a round, every second one in the channel that all readers have. */
async function postRound(number: number): Promise<void> {
  for (let i = 0; i < ROUND.posts; i++) {
    const index = i % 2 === 0 ? 0 : Math.floor(random.between(0, channels.length));
    posts.push(postOne(channels[index] ?? '', `${number}.${i}`));
  }
  await delay(ROUND.ms);
}

test(`readers of ${SIZES.join(', ')} channels get every event once and in order over ${CUTS} cuts and a kill`, async () => {
  const [first = 0, second = 0] = ports;
  const killed = await startBroadcast(first);
  stack.use(await startBroadcast(second));
  const readers = SIZES.flatMap((size) =>
    Array.from({ length: READERS }, () => new ManyReader(size)),
  );
  for (const reader of readers) stack.use(reader);
  await until('every reader was connected', () => readers.every(({ isOpen }) => isOpen));
  let round = 0;
  while (proxy.cuts < CUTS / 3) await postRound(round++);
  await killed.end('SIGKILL');
  while (proxy.cuts < (2 * CUTS) / 3) await postRound(round++);
  stack.use(await startBroadcast(first));
  while (proxy.cuts < CUTS) await postRound(round++);
  proxy.isCutting = false;
  await Promise.all(posts);
  const heads = new Map<string, number>();
  for (const name of channels) heads.set(name, (await everyEvent(chat.url, name)).length);
  const total = (size: number) =>
    channels.slice(0, size).reduce((sum, name) => sum + (heads.get(name) ?? 0), 0);
  for (const [i, reader] of readers.entries()) {
    const size = SIZES[Math.floor(i / READERS)] ?? 0;
    await until(`reader ${i} has all`, () => reader.count >= total(size), 30_000);
  }
  for (const [i, reader] of readers.entries()) {
    const size = SIZES[Math.floor(i / READERS)] ?? 0;
    for (const name of channels.slice(0, size)) {
      const all = Array.from({ length: heads.get(name) ?? 0 }, (_, k) => k + 1);
      assert.deepEqual(reader.seqs.get(name) ?? [], all, `reader ${i} of ${name}`);
    }
    assert.equal(reader.count, total(size));
  }
  console.log(`${proxy.cuts} cuts, ${total(100)} events`);
});
