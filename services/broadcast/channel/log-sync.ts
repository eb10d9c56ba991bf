import { setTimeout as delay } from 'node:timers/promises';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { EventsPage } from '@parley/contract/events/events-page.ts';
import type { PositionFault } from '@parley/contract/streams/sse.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { pause } from '@parley/kit/repeat.ts';
import { causeOf } from '../cause-of.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import type { EventLog } from './event-log.ts';

/** Events that are read when a channel opens. */
const FIRST_EVENTS = 1000;
/** Events in one query when some are missing. */
const REPAIR_EVENTS = 1000;
/** How long a gap may take to fill by itself: a bus may reorder. */
const GAP_WAIT_MS = 30;
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5_000;

/** The channel that is kept equal to the log. */
export interface Synced {
  readonly name: string;
  readonly epoch: string | null;
  readonly last: number;
  /** True for the log that the name had before, which comes back with a renamed channel. */
  had(epoch: string | null): boolean;
  /** Begins the log of a channel that had none; null when there is none yet. */
  beginEpoch(epoch: string | null): void;
  /** Receives an event of the log; true when it was the next one. */
  repair(event: ChatEvent): boolean;
  /**
   * Begins at the log's head with the newest events. When the channel starts again, `reset` is the
   * reason.
   */
  begin(page: EventsPage, reset?: PositionFault): void;
}

/**
 * Keeps one channel equal to the log. Fetches missing events up to the highest seq that is known to
 * exist, and checks whether the log was replaced when that is in doubt. Runs one query at a time
 * for all callers.
 */
export class LogSync {
  readonly #channel: Synced;
  readonly #log: Log;
  readonly #events: EventLog;
  readonly #metrics: BroadcastMetrics;
  readonly #stop = new AbortController();
  #known = 0;
  #doubtful = false;
  #running: Promise<void> | undefined;

  constructor(
    channel: Synced,
    { log, events, metrics }: { log: Log; events: EventLog; metrics: BroadcastMetrics },
  ) {
    this.#channel = channel;
    this.#log = log;
    this.#events = events;
    this.#metrics = metrics;
  }

  /** Reads the channel's newest events. Retries until the log answers or `close` is called. */
  async open(): Promise<void> {
    await this.#restart();
  }

  /** Resolves when every event up to `seq` is here, from the bus or, a moment later, from the log. */
  reach(seq: number): Promise<void> {
    this.#known = Math.max(this.#known, seq);
    return this.#run();
  }

  /**
   * Compares the channel with the log. An event or a position of another epoch may be late from an
   * older log, or the first sign of a new one. Resolves when every event of the log is here.
   */
  verify(): Promise<void> {
    this.#doubtful = true;
    return this.#run();
  }

  close(): void {
    this.#stop.abort();
  }

  #run(): Promise<void> {
    this.#running ??= this.#catchUp().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #catchUp(): Promise<void> {
    if (!this.#doubtful) await delay(GAP_WAIT_MS);
    while (!this.#stop.signal.aborted && (this.#doubtful || this.#channel.last < this.#known)) {
      if (this.#doubtful) await this.#settleDoubt();
      else await this.#fetchMissing();
    }
  }

  async #settleDoubt(): Promise<void> {
    this.#doubtful = false;
    const { name: channel, epoch, last } = this.#channel;
    const state = await this.#ask(() => this.#events.newest(channel, 1));
    if (!state) return;
    const replaced = epoch !== null && (state.epoch !== epoch || state.head < last);
    if (!replaced) {
      // An event that came during the query may be of a log that began after it.
      const isCertain = state.epoch !== null || !this.#doubtful;
      if (epoch === null && this.#channel.had(state.epoch)) return this.#restart('epoch');
      if (epoch === null && isCertain) this.#channel.beginEpoch(state.epoch);
      this.#known = Math.max(this.#known, state.head);
      return;
    }
    this.#log.warn({ channel, from: epoch, to: state.epoch }, 'the log was replaced');
    await this.#restart('epoch');
  }

  async #fetchMissing(): Promise<void> {
    const { name: channel, epoch, last } = this.#channel;
    const page = await this.#ask(() => this.#events.after(channel, last, REPAIR_EVENTS));
    if (!page) return;
    if (page.epoch !== epoch) {
      this.#doubtful = true;
      return;
    }
    for (const event of page.events) {
      if (this.#channel.repair(event)) this.#metrics.repaired.inc();
    }
    if (this.#channel.last > last) return;
    // The log has none of the missing events: they are no longer kept, or a forged event announced
    // them.
    this.#log.warn(
      { channel, last, known: this.#known, head: page.head },
      'the log does not have the missing events',
    );
    if (page.head > last) await this.#restart('expired');
    else this.#known = last;
  }

  async #restart(reset?: PositionFault): Promise<void> {
    const page = await this.#ask(() => this.#events.newest(this.#channel.name, FIRST_EVENTS));
    if (!page) return;
    this.#known = page.head;
    this.#channel.begin(page, reset);
  }

  /** Queries the log until it answers; undefined when `close` is called first. */
  async #ask(query: () => Promise<EventsPage>): Promise<EventsPage | undefined> {
    const { signal } = this.#stop;
    for (let waitMs = RETRY_MIN_MS; !signal.aborted; waitMs = Math.min(2 * waitMs, RETRY_MAX_MS)) {
      try {
        return await query();
      } catch (error) {
        this.#metrics.logFailures.inc();
        if (waitMs === RETRY_MIN_MS) {
          const { name: channel } = this.#channel;
          this.#log.warn({ channel, cause: causeOf(error) }, 'the log cannot be read; retrying');
        }
        await pause(waitMs, signal);
      }
    }
    return undefined;
  }
}
