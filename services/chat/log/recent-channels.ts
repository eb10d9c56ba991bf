import { performance } from 'node:perf_hooks';
import type { ChannelState, Store } from '../store/store.ts';

/** Most channels of the list. */
export const RECENT_MAX = 2_000;
/**
 * A list is kept when this read and the read before it took longer. One alone may have waited for a
 * thread or a connection that starts.
 */
const LONG_MS = 10;
/** A kept list is read again for at most this part of the time, because a read reads all channels. */
const BUSY_PART = 1 / 20;
/** A failure is kept for this time, so that a slow database gets few reads. */
const FAILED_MS = 1_000;

/**
 * The public channels with the newest events, for all callers together. No index has the time of the
 * newest event: each post would have to change it. A read reads the rows of all channels, also of the
 * private ones, so only its time shows what it costs.
 */
export class RecentChannels {
  readonly #store: Pick<Store, 'channels'>;
  readonly #clock: () => number;
  /** What all callers get until then: a list, a failure or the read under way. */
  #kept: Promise<ChannelState[]> | undefined;
  #untilMs = 0;
  #wasLong = false;
  /** When the last read ended, and how long it took; undefined while one is under way. */
  #read: { endedAtMs: number; tookMs: number } | undefined;
  /** A channel was made since the last read began. */
  #lacksChannel = false;

  /** `clock` is in milliseconds from any start. */
  constructor(store: Pick<Store, 'channels'>, clock = () => performance.now()) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * At most `RECENT_MAX` channels, the newest event first; where a read takes long, as they were
   * up to twenty such times ago, or one since a channel was made here. Rejects when the read fails,
   * or failed in the last second.
   */
  list(): Promise<ChannelState[]> {
    const begun = this.#clock();
    if (this.#kept && begun < this.#untilMs) return this.#kept;
    const reading = this.#store.channels({ after: '', limit: RECENT_MAX, newestFirst: true });
    this.#kept = reading;
    this.#untilMs = Number.POSITIVE_INFINITY;
    this.#read = undefined;
    this.#lacksChannel = false;
    const keepFor = (ms: number) => {
      this.#untilMs = this.#clock() + ms;
    };
    reading.then(
      () => {
        const endedAtMs = this.#clock();
        const tookMs = endedAtMs - begun;
        this.#read = { endedAtMs, tookMs };
        const isLong = tookMs > LONG_MS;
        keepFor(isLong && this.#wasLong ? tookMs / BUSY_PART : 0);
        this.#wasLong = isLong;
        if (this.#lacksChannel) this.channelMade();
      },
      () => keepFor(FAILED_MS),
    );
    return reading;
  }

  /**
   * A channel was made, which a list may lack. The list is kept no longer than its read took, so that
   * its maker finds the channel, and reads take at most half of the time.
   */
  channelMade(): void {
    this.#lacksChannel = true;
    if (!this.#read) return;
    const { endedAtMs, tookMs } = this.#read;
    this.#untilMs = Math.min(this.#untilMs, endedAtMs + tookMs);
  }
}
