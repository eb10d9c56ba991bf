import type { Log } from '@parley/kit/log.ts';
import type { EventLog } from './event-log.ts';
import type { Feed } from './feed.ts';
import type { BroadcastMetrics } from './metrics.ts';

const PERIOD_MS = 3_000;
/** While the bus is away the log alone brings events. */
const PERIOD_WITHOUT_BUS_MS = 500;
/** Channels asked for in one request. */
const CHANNELS_AT_ONCE = 100;

/**
 * Holds every followed channel against the log's head, every few seconds and whenever the link to
 * the bus comes back: that finds a lost last event, and brings events while the bus is away.
 */
export class Watch implements Disposable {
  readonly #events: EventLog;
  readonly #feeds: () => Feed[];
  readonly #busConnected: () => boolean;
  readonly #log: Log;
  readonly #metrics: BroadcastMetrics;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  #stopped = false;

  constructor({
    events,
    feeds,
    busConnected,
    log,
    metrics,
  }: {
    events: EventLog;
    feeds: () => Feed[];
    busConnected: () => boolean;
    log: Log;
    metrics: BroadcastMetrics;
  }) {
    this.#events = events;
    this.#feeds = feeds;
    this.#busConnected = busConnected;
    this.#log = log;
    this.#metrics = metrics;
    this.#schedule();
  }

  /** Compares now, and from then on in its period. */
  async compare(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const feeds = this.#feeds();
      for (let i = 0; i < feeds.length; i += CHANNELS_AT_ONCE) {
        await this.#compareSome(feeds.slice(i, i + CHANNELS_AT_ONCE));
      }
      this.#failing = false;
    } catch (error) {
      this.#metrics.logFailures.inc();
      if (!this.#failing)
        this.#log.warn({ cause: (error as Error).message }, 'heads cannot be compared');
      this.#failing = true;
    }
    this.#schedule();
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const periodMs = this.#busConnected() ? PERIOD_MS : PERIOD_WITHOUT_BUS_MS;
    this.#timer = setTimeout(() => void this.compare(), periodMs);
  }

  async #compareSome(feeds: Feed[]): Promise<void> {
    const lasts = new Map(feeds.map((feed) => [feed.channel, feed.last]));
    const heads = await this.#events.heads([...lasts.keys()]);
    const states = new Map(heads.map((state) => [state.channel, state]));
    for (const feed of feeds) {
      const state = states.get(feed.channel);
      if (state) feed.compare(state, lasts.get(feed.channel) ?? 0);
    }
  }
}
