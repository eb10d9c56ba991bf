import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@parley/kit/log.ts';
import type { ChatMetrics } from './metrics.ts';
import { readChannels } from './store/read-channels.ts';
import type { Store } from './store/store.ts';

/** Events that go in one transaction: few milliseconds in which posts wait. */
const STEP_EVENTS = 500;
/** The rest between two steps, in which posts go first. */
const REST_MS = 20;
const PERIOD_MS = 10_000;
const DAY_MS = 86_400_000;

/** How much of each channel is kept; 0 sets no bound. */
export interface RetentionConfig {
  retentionDays: number;
  retentionEvents: number;
}

/**
 * Trims every channel to what is kept, over and over, in small steps. The seqs of what is left stay
 * as they were. Nothing runs where no bound is set.
 */
export class Retention implements AsyncDisposable {
  readonly #config: RetentionConfig;
  readonly #store: Store;
  readonly #log: Log;
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
    }: { store: Store; log: Log; metrics: ChatMetrics; clock: () => number },
  ) {
    this.#config = config;
    this.#store = store;
    this.#log = log;
    this.#metrics = metrics;
    this.#clock = clock;
    const { retentionDays, retentionEvents } = config;
    this.#running = retentionDays + retentionEvents > 0 ? this.#run() : Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#trimAll();
      } catch (error) {
        this.#log.warn({ err: error }, 'retention: trimming failed; it is tried again');
      }
      await this.#rest(PERIOD_MS);
    }
  }

  async #trimAll(): Promise<void> {
    for await (const channel of readChannels(this.#store)) {
      if (this.#stop.signal.aborted) return;
      await this.#trim(channel);
    }
  }

  async #trim(channel: string): Promise<void> {
    const { retentionDays, retentionEvents } = this.#config;
    const bounds = {
      keepEvents: retentionEvents || Number.MAX_SAFE_INTEGER,
      keepSince: retentionDays > 0 ? this.#clock() - retentionDays * DAY_MS : 0,
    };
    for (let trimmed = STEP_EVENTS; trimmed === STEP_EVENTS && !this.#stop.signal.aborted; ) {
      trimmed = await this.#store.trim({ channel, ...bounds, limit: STEP_EVENTS });
      this.#metrics.trimmed.inc(trimmed);
      if (trimmed > 0) await this.#rest(REST_MS);
    }
  }

  #rest(ms: number): Promise<unknown> {
    return delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
