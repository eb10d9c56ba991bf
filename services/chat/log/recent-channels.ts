import { performance } from 'node:perf_hooks';
import type { ChannelState, Store } from '../store/store.ts';

/** Most channels of the list. */
export const RECENT_MAX = 2_000;
/** Where there are more channels, the list is read at most once in this time. */
const KEPT_MS = 3_000;
/** And for at most this part of the time, because a read reads all channels. */
const BUSY_PART = 1 / 20;

/**
 * The public channels with the newest events, for all callers together. No index has the time of the
 * newest event: each post would have to change it.
 */
export class RecentChannels {
  readonly #store: Pick<Store, 'channels'>;
  /** What all callers get until then; undefined where the channels are few. */
  #kept: Promise<ChannelState[]> | undefined;
  #untilMs = 0;

  constructor(store: Pick<Store, 'channels'>) {
    this.#store = store;
  }

  /** At most `RECENT_MAX` channels, the newest event first; of many, as they were seconds ago. */
  list(): Promise<ChannelState[]> {
    if (this.#kept && performance.now() < this.#untilMs) return this.#kept;
    const begun = performance.now();
    const reading = this.#store.channels({ after: '', limit: RECENT_MAX, newestFirst: true });
    if (this.#kept) this.#keep(reading, Number.POSITIVE_INFINITY);
    reading.then(
      (states) => {
        const busyMs = performance.now() - begun;
        const isWhole = states.length < RECENT_MAX;
        this.#keep(isWhole ? undefined : reading, Math.max(KEPT_MS, busyMs / BUSY_PART));
      },
      () => this.#keep(undefined, 0),
    );
    return reading;
  }

  #keep(list: Promise<ChannelState[]> | undefined, ms: number): void {
    this.#kept = list;
    this.#untilMs = performance.now() + ms;
  }
}
