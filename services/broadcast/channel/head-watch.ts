import type { Log } from '@parley/kit/log/log.ts';
import { repeat } from '@parley/kit/repeat.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import type { EventLog } from './event-log.ts';
import type { LiveChannel } from './live-channel.ts';

const PERIOD_MS = 3_000;
/** While the bus is down, only the log brings events. */
const PERIOD_WITHOUT_BUS_MS = 500;
/**
 * Limits of one request: its channels, and the length of their names in its path. Node accepts 16
 * KB of head.
 */
const CHANNELS_AT_ONCE = 100;
const NAMES_LENGTH_AT_ONCE = 6_000;

interface HeadWatchParts {
  events: EventLog;
  channels: () => LiveChannel[];
  busConnected: () => boolean;
  /** Called with a channel that the log no longer has: it was replaced or renamed, or is private now. */
  vanished: (channel: LiveChannel) => Promise<void>;
  log: Log;
  metrics: BroadcastMetrics;
}

/**
 * Compares every live channel with the log's head, every few seconds and when the link to the bus
 * changes. This finds a lost last event, and brings events while the bus is down.
 */
export class HeadWatch implements Disposable {
  readonly #parts: HeadWatchParts;
  readonly #stop = new AbortController();
  #asked = Promise.withResolvers<void>();

  constructor(parts: HeadWatchParts) {
    this.#parts = parts;
    const { busConnected, log, metrics } = parts;
    void repeat(() => this.#compareAll(), {
      signal: this.#stop.signal,
      pauseMs: () => (busConnected() ? PERIOD_MS : PERIOD_WITHOUT_BUS_MS),
      wake: () => this.#asked.promise,
      onFailure: (cause, inARow) => {
        metrics.logFailures.inc();
        if (inARow > 1) return;
        log.warn({ cause: String(cause) }, 'channels cannot be compared with the log');
      },
    });
  }

  /** Ends the pause. */
  compareNow(): void {
    this.#asked.resolve();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #compareAll(): Promise<void> {
    this.#asked = Promise.withResolvers();
    const comparisons = inBatches(this.#parts.channels()).map((some) => this.#compareSome(some));
    const outcomes = await Promise.allSettled(comparisons);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #vanish(channel: LiveChannel): void {
    const { log, vanished } = this.#parts;
    vanished(channel).catch((err: unknown) =>
      log.error({ err, channel: channel.name }, 'readers of a vanished channel were not reset'),
    );
  }

  async #compareSome(channels: LiveChannel[]): Promise<void> {
    const lasts = new Map(channels.map(({ name, last }) => [name, last]));
    const heads = await this.#parts.events.heads([...lasts.keys()]);
    const states = new Map(heads.map((state) => [state.channel, state]));
    for (const channel of channels) {
      const state = states.get(channel.name);
      if (state) channel.compare(state, lasts.get(channel.name) ?? 0);
      else if (channel.epoch !== null) this.#vanish(channel);
    }
  }
}

/** Channels in batches that fit in one request. */
export function inBatches<T extends { name: string }>(
  channels: T[],
  atOnce = CHANNELS_AT_ONCE,
): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let length = 0;
  for (const channel of channels) {
    const own = encodeURIComponent(channel.name).length;
    if (batch.length === atOnce || length + own > NAMES_LENGTH_AT_ONCE) {
      batches.push(batch);
      batch = [];
      length = 0;
    }
    batch.push(channel);
    length += own;
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}
