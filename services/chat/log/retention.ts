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
 * trims only the canaries' channel.
 */
export class Retention implements AsyncDisposable {
  readonly #config: RetentionConfig;
  readonly #store: RetentionStore;
  readonly #metrics: ChatMetrics;
  readonly #clock: () => number;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(
    config: RetentionConfig,
    {
      store,
      log,
      metrics,
      clock,
    }: { store: RetentionStore; log: Log; metrics: ChatMetrics; clock: () => number },
  ) {
    this.#config = config;
    this.#store = store;
    this.#metrics = metrics;
    this.#clock = clock;
    this.#running = repeat(() => this.#trimAll(), {
      signal: this.#stop.signal,
      pauseMs: PERIOD_MS,
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
    await this.#trim(CANARY_CHANNEL, { keepEvents: CANARY_EVENTS, keepSince: always });
    const { retentionDays, retentionEvents } = this.#config;
    if (retentionDays + retentionEvents === 0) return;
    const bounds = {
      keepEvents: retentionEvents || Number.MAX_SAFE_INTEGER,
      keepSince: retentionDays > 0 ? this.#clock() - retentionDays * DAY_MS : always,
    };
    for await (const channel of readChannels(this.#store)) {
      if (this.#stop.signal.aborted) return;
      await this.#trim(channel, bounds);
    }
  }

  async #removeDeleted(): Promise<void> {
    const { removal } = this.#store;
    for (const name of await removal.left()) {
      const never = Number.MAX_SAFE_INTEGER;
      await this.#trim(name, { keepEvents: 0, keepSince: never, now: never });
      for (let removed = 1; removed > 0 && !this.#stop.signal.aborted; ) {
        removed = await removal.finish(name, this.#clock(), STEP_EVENTS);
        if (removed > 0) await pause(REST_MS, this.#stop.signal);
      }
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
