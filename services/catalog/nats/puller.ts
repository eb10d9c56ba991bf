import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { FeedConsumer } from './consumer.ts';

/** Most messages in one batch, and most bytes, unless a single message may be longer. */
const BATCH_MESSAGES = 500;
const BATCH_BYTES = 4_194_304;
/** How long the server keeps a request for the next message. */
const WAIT_MS = 5_000;
/** How much later than that the server may answer. */
const GRACE_MS = 2_000;
const MS_NANOS = 1_000_000;

/** JetStream is not available, or the consumer was deleted during the request. */
const GONE = /^503|consumer deleted/i;

/** A request to `CONSUMER.MSG.NEXT`; `expires` is in nanoseconds. */
interface PullRequest {
  batch: number;
  max_bytes?: number;
  no_wait?: boolean;
  expires?: number;
}

/** The consumer, its stream or JetStream is gone, so the feed must be opened again. */
export class ConsumerGone extends Error {
  override readonly name = 'ConsumerGone';
}

/**
 * Fetches messages of a durable consumer batch by batch, with the consumer's own protocol (NATS,
 * ADR-13, "Pull Subscribe internals"). So memory never holds more than two batches, in messages and
 * in bytes; the client library can bound only one of the two.
 */
export class Puller implements Disposable {
  readonly #connection: NatsConnection;
  readonly #next: string;
  readonly #inbox: string;
  readonly #arrived: Msg[] = [];
  readonly #close: () => void;
  #count = 0;
  #closed = false;
  #wake: (status?: string) => void = () => undefined;

  constructor(connection: NatsConnection, { stream, consumer }: FeedConsumer) {
    this.#connection = connection;
    this.#next = `$JS.API.CONSUMER.MSG.NEXT.${stream.name}.${consumer}`;
    this.#inbox = createInbox();
    const subscription = connection.subscribe(`${this.#inbox}.*`, {
      callback: (_error, message) => this.#take(message),
    });
    this.#close = () => subscription.unsubscribe();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#close();
    this.#wake('stopped');
  }

  /**
   * Resolves with the waiting messages. Without any it waits for the next one, and resolves with an
   * empty list when none comes in time. One call at a time.
   * @throws ConsumerGone
   */
  async pull(): Promise<Msg[]> {
    const maxPayload = this.#connection.info?.max_payload ?? 0;
    const max_bytes = Math.max(BATCH_BYTES, 2 * maxPayload);
    const waiting = await this.#request(
      { batch: BATCH_MESSAGES, max_bytes, no_wait: true },
      GRACE_MS,
    );
    if (waiting.length > 0 || this.#closed) return waiting;
    return this.#request({ batch: 1, expires: WAIT_MS * MS_NANOS }, WAIT_MS + GRACE_MS);
  }

  /** The messages of the answer, until the server says that it is complete. */
  async #request(request: PullRequest, limitMs: number): Promise<Msg[]> {
    if (this.#arrived.length === 0) {
      const status = await this.#ask(request, limitMs);
      // A server sends no status for a consumer that does not exist: it does not answer.
      if (this.#arrived.length === 0 && (status === undefined || GONE.test(status))) {
        throw new ConsumerGone(status ?? 'NATS does not answer');
      }
    }
    return this.#arrived.splice(0);
  }

  /** Resolves with the server's last status, if there was one. */
  #ask(request: PullRequest, limitMs: number): Promise<string | undefined> {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const timer = setTimeout(() => resolve(undefined), limitMs);
    this.#wake = (status) => {
      if (status !== undefined || this.#arrived.length >= request.batch) resolve(status);
    };
    const reply = `${this.#inbox}.${++this.#count}`;
    this.#connection.publish(this.#next, JSON.stringify(request), { reply });
    return promise.finally(() => clearTimeout(timer));
  }

  /** Messages keep their own subject; a status comes on the subject of its request. */
  #take(message: Msg): void {
    const code = message.headers?.code ?? 0;
    if (code === 0) this.#arrived.push(message);
    else if (message.subject !== `${this.#inbox}.${this.#count}`) return;
    this.#wake(code === 0 ? undefined : `${code} ${message.headers?.description}`);
  }
}
