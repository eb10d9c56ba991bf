import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { FeedConsumer } from './consumer.ts';

/** Messages in one batch at most, and bytes unless a message may be longer. */
const BATCH_MESSAGES = 500;
const BATCH_BYTES = 4_194_304;
/** How long a request for the next message stands. */
const WAIT_MS = 5_000;
/** How much later than asked for the server may answer. */
const GRACE_MS = 2_000;
const MS_NANOS = 1_000_000;

/** No JetStream, or a consumer that was deleted while it was asked. */
const GONE = /^503|consumer deleted/i;

/** What is asked of `CONSUMER.MSG.NEXT`; `expires` is in nanoseconds. */
interface PullRequest {
  batch: number;
  max_bytes?: number;
  no_wait?: boolean;
  expires?: number;
}

/** The consumer or its stream is gone, or JetStream is: what was opened is of no use any more. */
export class ConsumerGone extends Error {
  override readonly name = 'ConsumerGone';
}

/**
 * Fetches messages of a durable consumer by its own protocol (NATS, ADR-13, "Pull Subscribe
 * internals"), a batch at a time, so that no more than two batches are ever in memory, in messages
 * and in bytes: the client's own fetching bounds only one of them.
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
   * The messages that are there, or the next one where there is none; none at all when none came in
   * time. One call at a time.
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

  /** What comes in answer to a request, until the server says that this is all. */
  async #request(request: PullRequest, limitMs: number): Promise<Msg[]> {
    if (this.#arrived.length === 0) {
      const status = await this.#ask(request, limitMs);
      // A server has no word for a consumer that is not there, and says nothing.
      if (this.#arrived.length === 0 && (status === undefined || GONE.test(status))) {
        throw new ConsumerGone(status ?? 'NATS does not answer');
      }
    }
    return this.#arrived.splice(0);
  }

  /** Resolves with what the server said at the end, if anything. */
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

  /** A message keeps its own subject; what is said of a request comes on that request's. */
  #take(message: Msg): void {
    const code = message.headers?.code ?? 0;
    if (code === 0) this.#arrived.push(message);
    else if (message.subject !== `${this.#inbox}.${this.#count}`) return;
    this.#wake(code === 0 ? undefined : `${code} ${message.headers?.description}`);
  }
}
