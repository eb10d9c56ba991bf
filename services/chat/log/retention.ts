import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { pause, repeat } from '@parley/kit/repeat.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { OpenedStore } from '../store/opened-store.ts';
import { readChannels } from '../store/pages/read-channels.ts';
import type { TrimQuery } from '../store/store.ts';

/** Events removed in one transaction. It takes few milliseconds, in which posts wait. */
const STEP_EVENTS = 500;
/** The pause between two steps, in which posts are stored. */
const REST_MS = 20;
const PERIOD_MS = 10_000;
const DAY_MS = 86_400_000;
/** Canaries that are kept, enough for an operator to look at the last ones. */
const CANARY_EVENTS = 200;
/** Most channels whose failure is remembered. A failure of more is not logged. */
const FAILING_MAX = 100;

type Bounds = Pick<TrimQuery, 'keepEvents' | 'keepSince'> & { now?: number };
type RetentionStore = Pick<OpenedStore, 'channels' | 'trim' | 'removal'>;

/** How much of each channel is kept; 0 sets no limit. */
export interface RetentionConfig {
  retentionDays: number;
  retentionEvents: number;
}

/**
 * Removes the rows of deleted channels, and the events that are no longer kept from every channel,
 * again and again, in small steps. The seqs of the remaining events do not change. Without a limit it
 * trims only the canaries' channel. A failure of one channel does not stop the others.
 */
export class Retention implements AsyncDisposable {
  readonly #config: RetentionConfig;
  readonly #store: RetentionStore;
  readonly #log: Log;
  readonly #metrics: ChatMetrics;
  readonly #clock: () => number;
  /** Channels whose failure is logged. It is logged again after a success. */
  readonly #failing = new Set<string>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(
    config: RetentionConfig,
    {
      store,
      log,
      metrics,
      clock,
      periodMs = PERIOD_MS,
    }: {
      store: RetentionStore;
      log: Log;
      metrics: ChatMetrics;
      clock: () => number;
      /** The pause between two passes. */
      periodMs?: number;
    },
  ) {
    this.#config = config;
    this.#store = store;
    this.#log = log;
    this.#metrics = metrics;
    this.#clock = clock;
    this.#running = repeat(() => this.#trimAll(), {
      signal: this.#stop.signal,
      pauseMs: periodMs,
      onFailure: (err) => log.warn({ err }, 'retention: trimming failed; it is tried again'),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #trimAll(): Promise<void> {
    await this.#removeDeleted();
    const always = Number.MIN_SAFE_INTEGER;
    await this.#attempt(CANARY_CHANNEL, () =>
      this.#trim(CANARY_CHANNEL, { keepEvents: CANARY_EVENTS, keepSince: always }),
    );
    const { retentionDays, retentionEvents } = this.#config;
    if (retentionDays + retentionEvents === 0) return;
    const bounds = {
      keepEvents: retentionEvents || Number.MAX_SAFE_INTEGER,
      keepSince: retentionDays > 0 ? this.#clock() - retentionDays * DAY_MS : always,
    };
    for await (const channel of readChannels(this.#store)) {
      if (this.#stop.signal.aborted) return;
      await this.#attempt(channel, () => this.#trim(channel, bounds));
    }
  }

  async #removeDeleted(): Promise<void> {
    for (const name of await this.#store.removal.left()) {
      if (this.#stop.signal.aborted) return;
      await this.#attempt(name, () => this.#remove(name));
    }
  }

  async #remove(name: string): Promise<void> {
    const never = Number.MAX_SAFE_INTEGER;
    await this.#trim(name, { keepEvents: 0, keepSince: never, now: never });
    for (let removed = 1; removed > 0 && !this.#stop.signal.aborted; ) {
      removed = await this.#store.removal.finish(name, this.#clock(), STEP_EVENTS);
      if (removed > 0) await pause(REST_MS, this.#stop.signal);
    }
  }

  /** Does the work of one channel. Logs a failure, once until it succeeds. */
  async #attempt(channel: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#failing.delete(channel);
    } catch (err) {
      if (this.#failing.has(channel) || this.#failing.size >= FAILING_MAX) return;
      this.#failing.add(channel);
      this.#log.warn({ err, channel }, 'retention: a channel failed; it is tried again');
    }
  }

  async #trim(channel: string, bounds: Bounds): Promise<void> {
    for (let trimmed = STEP_EVENTS; trimmed >= STEP_EVENTS && !this.#stop.signal.aborted; ) {
      trimmed = await this.#store.trim({
        channel,
        now: this.#clock(),
        ...bounds,
        limit: STEP_EVENTS,
      });
      this.#metrics.trimmed.inc(trimmed);
      if (trimmed > 0) await pause(REST_MS, this.#stop.signal);
    }
  }
}
