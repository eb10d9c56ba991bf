import type { Log } from '@parley/kit/log/log.ts';
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

/**
 * Compares every live channel with the log's head, every few seconds and when the link to the bus
 * changes. This finds a lost last event, and brings events while the bus is down.
 */
export class HeadWatch implements Disposable {
  readonly #events: EventLog;
  readonly #channels: () => LiveChannel[];
  readonly #busConnected: () => boolean;
  readonly #log: Log;
  readonly #metrics: BroadcastMetrics;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  #stopped = false;

  constructor({
    events,
    channels,
    busConnected,
    log,
    metrics,
  }: {
    events: EventLog;
    channels: () => LiveChannel[];
    busConnected: () => boolean;
    log: Log;
    metrics: BroadcastMetrics;
  }) {
    this.#events = events;
    this.#channels = channels;
    this.#busConnected = busConnected;
    this.#log = log;
    this.#metrics = metrics;
    this.#schedule();
  }

  /** Compares now, and again after each period. */
  async compare(): Promise<void> {
    clearTimeout(this.#timer);
    const outcomes = await Promise.allSettled(
      inBatches(this.#channels()).map((channels) => this.#compareSome(channels)),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) this.#metrics.logFailures.inc();
    if (failed && !this.#failing) {
      this.#log.warn({ cause: String(failed.reason) }, 'channels cannot be compared with the log');
    }
    this.#failing = failed !== undefined;
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

  async #compareSome(channels: LiveChannel[]): Promise<void> {
    const lasts = new Map(channels.map(({ name, last }) => [name, last]));
    const heads = await this.#events.heads([...lasts.keys()]);
    const states = new Map(heads.map((state) => [state.channel, state]));
    for (const channel of channels) {
      const state = states.get(channel.name);
      if (state) channel.compare(state, lasts.get(channel.name) ?? 0);
    }
  }
}

function inBatches(channels: LiveChannel[]): LiveChannel[][] {
  const batches: LiveChannel[][] = [];
  let batch: LiveChannel[] = [];
  let length = 0;
  for (const channel of channels) {
    const own = encodeURIComponent(channel.name).length;
    if (batch.length === CHANNELS_AT_ONCE || length + own > NAMES_LENGTH_AT_ONCE) {
      batches.push(batch);
      batch = [];
      length = 0;
    }
    batch.push(channel);
    length += own;
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}
