import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import { json } from 'node:stream/consumers';
import type { MessageReceipt } from '@parley/contract/events/message.ts';
import { until } from '../until.ts';
import { wholeLog } from './event-log.ts';
import { EventReader } from './event-reader.ts';

const PER_SECOND = 20;
const READERS = 6;
const ANSWER_LIMIT_MS = 30_000;
/** A new connection for each request, which resumes an earlier TLS session. */
const agent = new Agent({ keepAlive: false });

/**
 * Load on a deployment while a test changes the deployment: keyed POSTs, each sent once on its own
 * connection, and readers that reconnect like browsers.
 */
export class KeyedLoad {
  readonly servers = new Set<string>();
  readonly #url: string;
  readonly #channel = `load-${randomUUID().slice(0, 8)}`;
  readonly #readers: EventReader[];
  readonly #acknowledged = new Map<string, MessageReceipt>();
  readonly #failed: string[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(url: string) {
    this.#url = url;
    this.#readers = Array.from({ length: READERS }, () => new EventReader(url, this.#channel));
  }

  /**
   * Resolves when every reader is connected and posting has begun, through the front door at `url`.
   */
  static async start(url: string): Promise<KeyedLoad> {
    const load = new KeyedLoad(url);
    await Promise.all(load.#readers.map((reader) => reader.greeted()));
    load.#timer = setInterval(() => load.#post(), 1000 / PER_SECOND);
    await load.more();
    return load;
  }

  /** Resolves when `count` more posts were acknowledged. */
  more(count = 2 * PER_SECOND): Promise<void> {
    const wanted = this.#acknowledged.size + count;
    return until(`${count} more posts`, () => this.#acknowledged.size >= wanted, 60_000);
  }

  /**
   * Stops, and fails unless every POST was stored and every reader got each event once and in
   * order.
   */
  async judge(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    assert.deepEqual(this.#failed, []);
    const log = await wholeLog(this.#url, this.#channel);
    assert.deepEqual(
      log.map(({ message }) => message).sort(),
      [...this.#acknowledged.keys()].sort(),
    );
    for (const reader of this.#readers) {
      await reader.received(log.length, 30_000);
      assert.deepEqual(reader.events, log);
      assert.deepEqual(reader.resets, []);
      reader[Symbol.dispose]();
    }
  }

  #post(): void {
    const message = randomUUID();
    const posted = postOnce(`${this.#url}/chat/${this.#channel}`, message).then(
      (receipt) => {
        this.#acknowledged.set(message, receipt);
        this.servers.add(receipt.server);
      },
      (error: Error) => void this.#failed.push(`${new Date().toISOString()} ${error.message}`),
    );
    this.#underWay.add(posted);
    posted.finally(() => this.#underWay.delete(posted));
  }
}

/** Sends a keyed POST once, on a new connection. @throws if the answer is not 200 or 201 */
async function postOnce(url: string, message: string): Promise<MessageReceipt> {
  const sent = request(url, {
    method: 'POST',
    agent,
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': message },
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  });
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
    sent.end(JSON.stringify({ username: 'load', message }));
  });
  const body = await json(response);
  const { statusCode = 0 } = response;
  if (statusCode !== 200 && statusCode !== 201)
    throw new Error(`answered ${statusCode}: ${JSON.stringify(body)}`);
  return body as MessageReceipt;
}
