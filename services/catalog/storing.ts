import type { Log } from '@parley/kit/log/log.ts';
import { pause } from '@parley/kit/repeat.ts';
import type { Feed } from './feeds/feed.ts';
import type { CatalogMetrics } from './metrics.ts';
import type { Held } from './nats/held.ts';
import type { CatalogStore, Delivery, Outcome } from './store/store.ts';

const AGAIN_MS = 250;
const AGAIN_MAX_MS = 5_000;
/** How long NATS delays a message that the working store refuses. */
const REFUSED_MS = 60_000;

/** Stores batches, acknowledges them to NATS, and reports the stored messages. */
export class Storing {
  readonly #store: CatalogStore;
  readonly #log: Log;
  readonly #metrics: CatalogMetrics;
  readonly #onStored: (feed: Feed, delivery: Delivery) => void;

  constructor({
    store,
    log,
    metrics,
    onStored,
  }: {
    store: CatalogStore;
    log: Log;
    metrics: CatalogMetrics;
    onStored: (feed: Feed, delivery: Delivery) => void;
  }) {
    this.#store = store;
    this.#log = log;
    this.#metrics = metrics;
    this.#onStored = onStored;
  }

  /**
   * Stores a batch and acknowledges it. While the store is unavailable it tries again, and asks
   * NATS for more time. When the store works and refuses the batch, each message is tried alone, so
   * that one bad message does not block the others. When stopped, it releases the batch.
   */
  async store(feed: Feed, held: Held[], signal: AbortSignal): Promise<void> {
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        return this.#settle(feed, held, await this.#append(held));
      } catch (error) {
        const { message } = error as Error;
        this.#log.warn({ feed: feed.name, cause: message, tries }, 'a batch was not stored');
        if (tries > 1 && (await this.#works())) return this.#storeEach(feed, held);
      }
      for (const one of held) one.extend();
      const rest = Math.min(AGAIN_MS * 2 ** (tries - 1), AGAIN_MAX_MS) * (0.5 + Math.random() / 2);
      await pause(rest, signal);
    }
    for (const one of held) one.release();
  }

  async #storeEach(feed: Feed, held: Held[]): Promise<void> {
    for (const one of held) {
      try {
        this.#settle(feed, [one], await this.#append([one]));
      } catch (error) {
        const { streamSeq } = one.delivery;
        this.#log.error({ feed: feed.name, streamSeq, err: error }, 'a message cannot be stored');
        this.#metrics.messages.inc({ feed: feed.name, outcome: 'refused' });
        one.release(REFUSED_MS);
      }
    }
  }

  async #append(held: Held[]): Promise<Outcome[]> {
    const done = this.#metrics.commitSeconds.startTimer();
    const outcomes = await this.#store.append(held.map(({ delivery }) => delivery));
    done();
    this.#metrics.batchSize.observe(held.length);
    return outcomes;
  }

  #settle(feed: Feed, held: Held[], outcomes: Outcome[]): void {
    for (const [i, { delivery, acknowledge }] of held.entries()) {
      const outcome = outcomes[i] ?? 'repeated';
      acknowledge();
      this.#metrics.messages.inc({ feed: feed.name, outcome });
      if (outcome === 'stored') this.#onStored(feed, delivery);
    }
  }

  async #works(): Promise<boolean> {
    try {
      await this.#store.check();
      return true;
    } catch {
      return false;
    }
  }
}
