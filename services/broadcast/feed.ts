import { setTimeout as delay } from 'node:timers/promises';
import type { ChatEvent } from '@parley/contract/event.ts';
import type { EventsPage } from '@parley/contract/page.ts';
import { encodeEventFrame } from '@parley/contract/sse.ts';
import type { Log } from '@parley/kit/log.ts';
import { Backlog } from './backlog.ts';
import type { Connection } from './connection.ts';
import type { EventLog } from './event-log.ts';
import type { BroadcastMetrics } from './metrics.ts';
import { Sequencer } from './sequencer.ts';

/** How many events the backlog begins with. */
const FIRST_EVENTS = 1000;
/** Events asked for at once where some are missing. */
const REPAIR_EVENTS = 1000;
/** How long a hole may fill by itself: a bus may reorder. */
const HOLE_WAIT_MS = 30;
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5_000;
/** Events taken in before the log has said where the channel stands; the log has them too. */
const EARLY_MAX = 5_000;

interface FeedParts {
  log: Log;
  events: EventLog;
  metrics: BroadcastMetrics;
  backlogBytes: number;
  /** Asks for `flush` at the end of this turn of the event loop. */
  askFlush: (feed: Feed) => void;
  /** Called when the log was replaced, so that the live readers are told. */
  onReplaced: (feed: Feed) => void;
}

/**
 * One channel as its readers see it: takes events in any order, gets from the log what is missing,
 * and hands them on in seq order, once: to the backlog and to the live connections, together, at
 * the end of each turn.
 */
export class Feed {
  readonly channel: string;
  /** Readers that have everything up to the backlog's last event. */
  readonly live = new Set<Connection>();
  readonly #parts: FeedParts;
  readonly #stop = new AbortController();
  #sequencer: Sequencer | undefined;
  #backlog: Backlog;
  #early: ChatEvent[] = [];
  #pending: { frame: Buffer; at: string }[] = [];
  #ready = Promise.withResolvers<void>();
  #repairing: Promise<void> | undefined;
  #verifying: Promise<void> | undefined;
  /** The highest seq that is known to exist. */
  #known = 0;

  constructor(channel: string, parts: FeedParts) {
    this.channel = channel;
    this.#parts = parts;
    this.#backlog = new Backlog(parts.backlogBytes, 0);
  }

  /** Null until the channel has its first event. */
  get epoch(): string | null {
    return this.#sequencer?.epoch ?? null;
  }

  /** The seq of the newest event handed on to readers. */
  get head(): number {
    return this.#backlog.last;
  }

  /** The seq of the newest event known in order; a moment ahead of `head`. */
  get last(): number {
    return this.#sequencer?.last ?? 0;
  }

  get backlog(): Backlog {
    return this.#backlog;
  }

  /** Resolves when the log has said where the channel stands. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Learns from the log where the channel stands; tries until it succeeds or the feed is closed. */
  async open(): Promise<void> {
    const page = await this.#ask(() => this.#parts.events.newest(this.channel, FIRST_EVENTS));
    if (!page) return;
    this.#begin(page);
    this.#ready.resolve();
  }

  close(): void {
    this.#stop.abort();
  }

  /** Takes in an event from the bus, or from the log where the bus left a hole. */
  accept(event: ChatEvent): void {
    if (!this.#sequencer) {
      if (this.#early.length < EARLY_MAX) this.#early.push(event);
      return;
    }
    const verdict = this.#sequencer.accept(event);
    if (verdict === 'repeated') this.#parts.metrics.repeated.inc();
    else if (verdict === 'held') void this.repair(event.seq);
    else if (verdict === 'foreign') void this.verify();
  }

  /** Holds what is known against the log's state as it was when `last` was the newest event here. */
  compare(log: { epoch: string; head: number }, last: number): void {
    if (!this.#sequencer) return;
    const replaced = this.epoch !== null && (log.epoch !== this.epoch || log.head < last);
    if (replaced) void this.verify();
    else if (log.head > this.last) void this.repair(log.head);
  }

  /** Resolves when every event up to `seq` is here, from the bus or, a moment later, from the log. */
  repair(seq: number): Promise<void> {
    this.#known = Math.max(this.#known, seq);
    this.#repairing ??= this.#fill().finally(() => {
      this.#repairing = undefined;
    });
    return this.#repairing;
  }

  /**
   * Asks the log where the channel stands, since an event or a position of another epoch may be a
   * straggler of an older log or the first sign of a new one. Resolves when all of it is here.
   */
  verify(): Promise<void> {
    this.#verifying ??= this.#learnState().finally(() => {
      this.#verifying = undefined;
    });
    return this.#verifying;
  }

  /** Hands on what has come in this turn: one shared buffer, written once to each live reader. */
  flush(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    for (const { frame } of pending) this.#backlog.add(frame);
    const [first] = pending;
    const bytes =
      pending.length === 1 && first
        ? first.frame
        : Buffer.concat(pending.map(({ frame }) => frame));
    for (const connection of this.live) connection.write(bytes);
    this.#count(pending);
  }

  #count(pending: { at: string }[]): void {
    const { metrics } = this.#parts;
    if (this.live.size === 0) return;
    const now = Date.now();
    for (const { at } of pending)
      metrics.lagSeconds.observe(Math.max(0, now - Date.parse(at)) / 1000);
    metrics.deliveries.inc(pending.length * this.live.size);
  }

  #begin({ epoch, head, events }: EventsPage): void {
    this.#pending = [];
    this.#known = head;
    this.#backlog = new Backlog(this.#parts.backlogBytes, head - events.length);
    for (const event of events) this.#backlog.add(Buffer.from(encodeEventFrame(event)));
    this.#sequencer = new Sequencer({ epoch, last: head }, (event) => this.#handOn(event));
    for (const event of this.#early.splice(0)) this.accept(event);
  }

  #handOn(event: ChatEvent): void {
    this.#pending.push({ frame: Buffer.from(encodeEventFrame(event)), at: event.at });
    this.#parts.askFlush(this);
  }

  async #fill(): Promise<void> {
    if (this.last < this.#known) await delay(HOLE_WAIT_MS);
    while (this.last < this.#known) {
      const { last } = this;
      const page = await this.#ask(() =>
        this.#parts.events.after(this.channel, last, REPAIR_EVENTS),
      );
      if (!page || page.events.length === 0) return;
      if (this.epoch !== null && page.epoch !== this.epoch) return this.verify();
      for (const event of page.events) {
        if (this.#sequencer?.accept(event) === 'next') this.#parts.metrics.repaired.inc();
      }
    }
  }

  async #learnState(): Promise<void> {
    const { epoch, last } = this;
    const state = await this.#ask(() => this.#parts.events.newest(this.channel, 1));
    if (!state) return;
    if (state.epoch === epoch && state.head >= last) return this.repair(state.head);
    const page = await this.#ask(() => this.#parts.events.newest(this.channel, FIRST_EVENTS));
    if (!page) return;
    this.#begin(page);
    if (epoch === null) return;
    this.#parts.log.warn(
      { channel: this.channel, from: epoch, to: page.epoch },
      'the log was replaced',
    );
    this.#parts.onReplaced(this);
  }

  /** Asks the log until it answers; undefined when the feed is closed first. */
  async #ask(query: () => Promise<EventsPage>): Promise<EventsPage | undefined> {
    const { signal } = this.#stop;
    for (let waitMs = RETRY_MIN_MS; !signal.aborted; waitMs = Math.min(2 * waitMs, RETRY_MAX_MS)) {
      try {
        return await query();
      } catch (error) {
        this.#parts.metrics.logFailures.inc();
        if (waitMs === RETRY_MIN_MS) {
          this.#parts.log.warn(
            { channel: this.channel, cause: causeOf(error) },
            'the log cannot be read; trying on',
          );
        }
        await delay(waitMs, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }
}

/** `fetch` hides why it failed behind "fetch failed". */
function causeOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
