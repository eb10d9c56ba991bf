import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Log } from '@parley/kit/log/log.ts';
import { repeat } from '@parley/kit/repeat.ts';
import type { Feed } from './feeds/feed.ts';
import type { CatalogMetrics } from './metrics.ts';
import { type FeedConsumer, openConsumer } from './nats/consumer.ts';
import { asHeld } from './nats/held.ts';
import { Puller } from './nats/puller.ts';
import { openStream } from './nats/streams.ts';
import type { Storing } from './storing.ts';

const REOPEN_MS = 1_000;
const LAG_MS = 5_000;

/** What the intakes of all feeds share. */
export interface IntakeParts {
  connection: Promise<NatsConnection>;
  /** The subjects of all feeds. */
  subjects: string[];
  storing: Storing;
  log: Log;
  metrics: CatalogMetrics;
  clock: () => number;
}

/**
 * Receives one feed from NATS and stores it: fetches the next batch while the one before is stored,
 * until the catalog stops.
 */
export class Intake implements AsyncDisposable {
  readonly #feed: Feed;
  readonly #parts: IntakeParts;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #puller: Puller | undefined;

  constructor(feed: Feed, parts: IntakeParts) {
    this.#feed = feed;
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** @throws Error while the feed is not open */
  check(): void {
    if (!this.#puller) throw new Error(`the feed ${this.#feed.name} is not open`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#puller?.[Symbol.dispose]();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const connection = await Promise.race([this.#parts.connection.catch(() => undefined), stopped]);
    if (!connection) return;
    await repeat(() => this.#consume(connection), {
      signal,
      pauseMs: REOPEN_MS,
      onFailure: (error) => this.#failed(error as Error),
    });
  }

  #failed({ message }: Error): void {
    if (this.#stop.signal.aborted) return;
    const fields = { feed: this.#feed.name, cause: message };
    this.#parts.log.warn(fields, 'the feed failed and is opened again');
  }

  async #consume(connection: NatsConnection): Promise<void> {
    const manager = await jetstreamManager(connection);
    const { name } = this.#feed;
    const info = await openStream(manager, name, this.#parts.subjects);
    const consumer = await openConsumer(manager, { name, info });
    this.#stop.signal.throwIfAborted();
    using puller = new Puller(connection, consumer);
    using _lag = this.#watchLag(manager, consumer);
    this.#puller = puller;
    this.#parts.log.info({ feed: name, stream: consumer.stream.name }, 'the feed is open');
    try {
      await this.#takeAll(puller, consumer);
    } finally {
      this.#puller = undefined;
    }
  }

  async #takeAll(puller: Puller, { stream }: FeedConsumer): Promise<void> {
    const { signal } = this.#stop;
    const { storing, clock } = this.#parts;
    const pull = () => {
      const pulled = puller.pull();
      // The rejection is handled where the batch is awaited.
      pulled.catch(() => undefined);
      return pulled;
    };
    for (let coming = pull(); ; ) {
      const messages = await coming;
      const now = clock();
      const held = messages.map((message) => asHeld(message, { feed: this.#feed, stream, now }));
      if (signal.aborted) {
        for (const one of held) one.release();
        return;
      }
      coming = pull();
      if (held.length > 0) await storing.store(this.#feed, held, signal);
    }
  }

  #watchLag(manager: JetStreamManager, { stream, consumer }: FeedConsumer): Disposable {
    const feed = this.#feed.name;
    const look = async () => {
      try {
        const info = await manager.consumers.info(stream.name, consumer);
        this.#parts.metrics.lag.set({ feed }, info.num_pending + info.num_ack_pending);
      } catch {
        // The metric keeps its last value; another metric shows whether NATS answers.
      }
    };
    const stop = new AbortController();
    void repeat(look, { signal: stop.signal, pauseMs: LAG_MS, pauseFrom: 'start' });
    return { [Symbol.dispose]: () => stop.abort() };
  }
}
