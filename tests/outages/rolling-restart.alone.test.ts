import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { openPostgres } from '@parley/testkit/databases/databases.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { startNginx } from '@parley/testkit/processes/nginx.ts';
import { type Program, type Running, start, startBare } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';

const CHANNEL = 'rolling';
const READERS = 60;
const POSTS_PER_SECOND = 200;
const DRAIN_SECONDS = 2;
/** The shortest wait that a reader is asked for. */
const SOONEST_MS = 500;
/** Extra time for a busy machine. */
const LATE_MS = 2_000;
const STOP_LIMIT_MS = 10_000;
const NEEDS = { skip: needs('nginx').skip || needs('postgresql').skip };

/** A service that is stopped in order and started again on the same port. */
class Replica implements AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly #program: Program;
  readonly #env: Record<string, string>;
  #running: Running | undefined;

  constructor(name: string, program: Program, port: number, env: Record<string, string>) {
    this.name = name;
    this.port = port;
    this.#program = program;
    this.#env = { ...env, PORT: String(port), SERVER_NAME: name };
  }

  async begin(): Promise<void> {
    this.#running = await startBare(this.#program, this.#env);
  }

  async stop(): Promise<void> {
    const startedAt = performance.now();
    assert.equal(await this.#running?.end('SIGTERM'), 0, `${this.name} ended in order`);
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < STOP_LIMIT_MS, `${this.name} took ${tookMs} ms to stop`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.end('SIGKILL');
  }
}

/** The outcome of a post; status 0: no answer. */
interface Answer {
  status: number;
  text: string;
}

/** Posts at a steady rate, each message once; only the proxy retries. */
class Load implements Disposable {
  readonly #answers: Promise<Answer>[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(url: string) {
    this.#timer = setInterval(() => {
      for (let i = 0; i < POSTS_PER_SECOND / 50; i++) {
        this.#answers.push(postOnce(url, `m${this.#answers.length}`));
      }
    }, 20);
  }

  /** Stops posting; resolves with the answers in the order of the messages m0, m1, m2 … */
  stop(): Promise<Answer[]> {
    this[Symbol.dispose]();
    return Promise.all(this.#answers);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

async function postOnce(url: string, message: string): Promise<Answer> {
  try {
    const response = await fetch(`${url}/chat/${CHANNEL}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() },
      body: JSON.stringify({ username: 'ada', message }),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return { status: 0, text: String(error) };
  }
}

test(
  'each replica in turn is stopped and started under load: no post fails, no event is lost, and readers return spread out',
  NEEDS,
  async (t) => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await openPostgres());
    const broker = stack.use(await start('broker', {}));
    const env = {
      MQTT_URL: broker.ready.mqtt ?? '',
      STORE_URL: await database.create('rolling'),
      // nginx sends the name of its upstream as Host.
      ALLOWED_HOSTS: '*',
    };
    const chatPorts = [await freePort(), await freePort(), await freePort()];
    const broadcastPorts = [await freePort(), await freePort()];
    const chats = chatPorts.map(
      (port, i) => new Replica(`chat-${i + 1}`, 'services/chat', port, env),
    );
    for (const chat of chats) await stack.use(chat).begin();
    const nginx = stack.use(await startNginx({ chats: chatPorts, broadcasts: broadcastPorts }));
    const ofBroadcast = { ...env, CHAT_URL: nginx.url, DRAIN_SECONDS: String(DRAIN_SECONDS) };
    const broadcasts = broadcastPorts.map(
      (port, i) => new Replica(`broadcast-${i + 1}`, 'services/broadcast', port, ofBroadcast),
    );
    for (const broadcast of broadcasts) await stack.use(broadcast).begin();
    const readers = Array.from({ length: READERS }, () =>
      stack.use(new EventReader(nginx.url, CHANNEL, '?hello=id')),
    );
    await Promise.all(readers.map((reader) => reader.greeted()));

    using load = new Load(nginx.url);
    for (const chat of chats) {
      await delay(500);
      await chat.stop();
      await chat.begin();
    }
    for (const broadcast of broadcasts) {
      await delay(500);
      const returns = readers
        .filter(({ hellos }) => hellos.at(-1)?.server === broadcast.name)
        .map((reader) => returnOf(reader));
      const stoppedAt = performance.now();
      await broadcast.stop();
      await broadcast.begin();
      const waits = (await Promise.all(returns)).map((at) => at - stoppedAt);
      t.diagnostic(
        `${broadcast.name}: ${waits.length} readers back after ${Math.round(Math.min(...waits))} to ${Math.round(Math.max(...waits))} ms`,
      );
      assertSpread(waits);
    }
    const answers = await load.stop();

    assert.deepEqual(
      answers.filter(({ status }) => status !== 201 && status !== 200),
      [],
    );
    const log = await wholeLog(nginx.url, CHANNEL);
    assert.deepEqual(
      log.map(({ message }) => message).sort(),
      answers.map((_, i) => `m${i}`).sort(),
    );
    for (const reader of readers) {
      await reader.received(log.length);
      assert.deepEqual(reader.events, log);
      assert.deepEqual(reader.resets, []);
    }
    t.diagnostic(`${answers.length} posts`);
    for (const replica of [...chats, ...broadcasts]) await replica.stop();
  },
);

/** The time at which a reader has its next stream. */
async function returnOf(reader: EventReader): Promise<number> {
  await reader.greeted(reader.hellos.length + 1);
  return performance.now();
}

/**
 * Readers must return within the window that begins with the first of them, some in each third of
 * it.
 */
function assertSpread(waits: number[]): void {
  const shown = waits.map(Math.round).sort((a, b) => a - b);
  const third = (DRAIN_SECONDS * 1000) / 3;
  const first = Math.min(...waits);
  const thirdOf = (at: number) => Math.min(2, Math.floor((at - first) / third));
  assert.equal(new Set(waits.map(thirdOf)).size, 3, `they came back after ${shown} ms`);
  const latest = SOONEST_MS + DRAIN_SECONDS * 1000 + LATE_MS;
  assert.ok(Math.max(...waits) < latest, `they came back after ${shown} ms`);
}
