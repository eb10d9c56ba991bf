import { type Side, sideKey } from '@parley/contract/channels/topic.ts';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { EventsPage } from '@parley/contract/events/events-page.ts';
import type { Signal } from '@parley/contract/events/signal.ts';
import {
  type ChannelState,
  encodeSignalFrame,
  type PositionFault,
  type Reset,
} from '@parley/contract/streams/sse.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { reach } from '@parley/kit/post-steps.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import { Backlog } from './backlog.ts';
import { BacklogEdits } from './backlog-edits.ts';
import type { BacklogMemory } from './backlog-memory.ts';
import { openBatcher } from './batcher.ts';
import { encodeFrames } from './encode-frames.ts';
import type { EventLog } from './event-log.ts';
import type { HeldEvents } from './held-events.ts';
import type { LogPages } from './log-pages.ts';
import { LogSync, type Synced } from './log-sync.ts';
import { Readers } from './readers.ts';
import { Sequencer } from './sequencer.ts';

/** Recent events kept in memory for each channel with readers, in bytes. */
const BACKLOG_BYTES = 1_048_576;
/** Most signals that wait for the end of the turn; more are dropped. */
const SIGNALS_MAX = 100;

type Closing = Pick<ChannelState, 'closed' | 'archived'>;

interface LiveChannelParts {
  log: Log;
  events: EventLog;
  metrics: BroadcastMetrics;
  memory: BacklogMemory;
  held: HeldEvents;
  /** Kept pages of the log; those with a changed text are dropped. */
  pages: LogPages;
  /** Bytes of the backlog; 1 MiB by default. */
  backlogBytes?: number | undefined;
  /** The side of the name that its readers see; public by default. */
  side?: Side;
}

/**
 * The reset for a reader whose position cannot be used; the reader continues from the head. Without
 * any log the channel of the position is gone.
 */
export function resetOf(
  { name: channel, epoch }: Pick<LiveChannel, 'name' | 'epoch'>,
  fault: PositionFault,
): Reset {
  const reason = fault === 'epoch' && epoch === null ? 'gone' : fault;
  return { channel, reason, history: `/chat/${encodeURIComponent(channel)}/events` };
}

/** The reset for a reader of a channel that is called `to` now. */
export function renamedTo(channel: string, to: string): Reset {
  return { channel, reason: 'renamed', to, history: `/chat/${encodeURIComponent(to)}/events` };
}

/**
 * One channel as its readers see it. It receives events in any order and delivers each once, in
 * order of seq. At the end of each turn of the event loop it adds them to the backlog and writes
 * them to the live readers, in one step.
 */
export class LiveChannel implements Synced {
  readonly name: string;
  readonly side: Side;
  /** Readers that have every event up to the backlog's last one. */
  readonly readers = new Readers();
  readonly #parts: LiveChannelParts;
  readonly #sync: LogSync;
  readonly #batcher = openBatcher(() => this.flush());
  readonly #ready = Promise.withResolvers<void>();
  #sequencer: Sequencer | undefined;
  /** The epoch of the log that was replaced last. Its late events are dropped. */
  #replaced: string | null = null;
  /** What the channel that had this name is called now, while its readers get the reset. */
  #movedTo: string | undefined;
  #backlog: Backlog;
  #edits: BacklogEdits;
  /** Events received before the epoch was read from the log. */
  #early: ChatEvent[] = [];
  #closing: Closing = {};
  #ended = false;
  #pending: ChatEvent[] = [];
  #signals: Buffer[] = [];

  constructor(name: string, parts: LiveChannelParts) {
    this.name = name;
    this.side = parts.side ?? 'public';
    this.#parts = parts;
    this.#sync = new LogSync(this, parts);
    this.#backlog = this.#newBacklog(0);
    this.#edits = new BacklogEdits(this.#backlog);
  }

  /** Tells the two sides of a name apart. */
  get key(): string {
    return sideKey(this.name, this.side);
  }

  /** Null until the channel has its first event. */
  get epoch(): string | null {
    return this.#sequencer?.epoch ?? null;
  }

  /** The seq of the newest event delivered to readers. */
  get head(): number {
    return this.#backlog.last;
  }

  /** Whether the channel is closed to new messages, and archived, at `head`. */
  get closing(): Closing {
    return this.#closing;
  }

  /** The seq of the newest event received in order; ahead of `head` until the turn ends. */
  get last(): number {
    return this.#sequencer?.last ?? 0;
  }

  get backlog(): Backlog {
    return this.#backlog;
  }

  /** Resolves when the channel's epoch and head are read from the log, or the channel is closed. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** True when the channel was read from the log. */
  get isReady(): boolean {
    return this.#sequencer !== undefined;
  }

  /** Reads the channel from the log. Retries until the log answers or `close` is called. */
  open(): Promise<void> {
    return this.#sync.open();
  }

  /** Ends the channel here for good. The hub ends the connections of its readers. */
  close(): void {
    this.#ended = true;
    this.#ready.resolve();
    this.#sync.close();
    this.readers.clear();
    this.#forget();
  }

  /** Receives an event from the bus. */
  receive(event: ChatEvent): void {
    reach('received');
    if (event.epoch === this.#replaced) return;
    const verdict = this.#sequencer?.accept(event) ?? 'foreign';
    if (verdict === 'repeated') this.#parts.metrics.repeated.inc();
    else if (verdict === 'held') void this.#sync.reach(event.seq);
    else if (verdict === 'foreign') this.#receiveForeign(event);
  }

  /** While the channel has no epoch, the event may be its first, or late from a deleted log. */
  #receiveForeign(event: ChatEvent): void {
    if (this.#ended) return;
    if (this.epoch === null && this.#parts.held.take(event)) this.#early.push(event);
    if (this.#sequencer) void this.#sync.verify();
  }

  /** Receives a signal from the bus. Nothing of it is kept. */
  receiveSignal(signal: Signal): void {
    if (this.readers.isEmpty) return;
    if (this.#signals.length >= SIGNALS_MAX) {
      this.#parts.metrics.signals.inc({ outcome: 'dropped' }, this.readers.all);
      return;
    }
    this.#signals.push(Buffer.from(encodeSignalFrame(signal)));
    this.#batcher.request();
  }

  /**
   * Compares the channel with a state of the log; `last` is the newest seq here when that state was
   * requested.
   */
  compare(log: { epoch: string; head: number }, last: number): void {
    if (!this.#sequencer) return;
    const replaced = this.epoch !== null && (log.epoch !== this.epoch || log.head < last);
    if (replaced) void this.#sync.verify();
    else if (log.head > this.last) void this.#sync.reach(log.head);
  }

  /** Compares the channel with the log. Resolves when all events of the log are delivered. */
  async verify(): Promise<void> {
    await this.#sync.verify();
    this.flush();
  }

  /** The channel is called `to` now. Its readers that may read that get the name, and others `gone`. */
  async moved(to: string): Promise<void> {
    this.#movedTo = to;
    await this.verify();
    this.#movedTo = undefined;
  }

  /** Its readers have events of that log, and begin at its head. */
  had(epoch: string | null): boolean {
    return epoch !== null && epoch === this.#replaced;
  }

  /**
   * Receives the epoch of a channel that had none. Drops the events of other logs, or with null
   * all: there is no log, so they are late from a deleted one.
   */
  beginEpoch(epoch: string | null): void {
    const early = this.#takeEarly();
    if (epoch === null) return;
    this.#sequencer?.beginEpoch(epoch);
    for (const event of early) if (event.epoch === epoch) this.receive(event);
  }

  /** Receives an event of the log; true when it was the next one. */
  repair(event: ChatEvent): boolean {
    return this.#sequencer?.accept(event) === 'next';
  }

  /** Begins at the log's head with its newest events; with `reset` the readers begin again, too. */
  begin({ epoch, head, events, ...page }: EventsPage, reset?: PositionFault): void {
    if (this.#ended) return;
    if (reset && this.epoch !== epoch) this.#replaced = this.epoch;
    const early = this.#takeEarly();
    this.#forget();
    this.#closing = closingOf(page);
    this.#backlog = this.#newBacklog(head - events.length);
    this.#edits = new BacklogEdits(this.#backlog, events);
    const start = { epoch, last: head };
    this.#sequencer = new Sequencer(start, (event) => this.#deliver(event), this.#parts.held);
    for (const event of early) this.receive(event);
    this.#ready.resolve();
    if (reset) this.#reset(reset);
  }

  /** Delivers the events of this turn: one shared buffer, written once to each live reader. */
  flush(): void {
    this.#flushEvents();
    this.#flushSignals();
  }

  #flushEvents(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    reach('flush');
    this.#pending = [];
    const bytes = encodeFrames(pending, (frame, event) => this.#add(frame, event));
    this.readers.events(bytes);
    reach('written');
    this.#count(pending);
  }

  #flushSignals(): void {
    const signals = this.#signals;
    if (signals.length === 0) return;
    this.#signals = [];
    const bytes = Buffer.concat(signals);
    const { size } = this.readers;
    const got = this.readers.signals(bytes, signals.length);
    this.#parts.metrics.signals.inc({ outcome: 'delivered' }, got * signals.length);
    this.#parts.metrics.signals.inc({ outcome: 'dropped' }, (size - got) * signals.length);
  }

  #reset(reason: PositionFault): void {
    this.#parts.pages.forget(this.name);
    const reset = resetOf(this, reason);
    const to = reset.reason === 'gone' ? this.#movedTo : undefined;
    this.readers.reset(reset, to === undefined ? undefined : renamedTo(this.name, to));
  }

  #newBacklog(last: number): Backlog {
    const { memory, backlogBytes = BACKLOG_BYTES } = this.#parts;
    return new Backlog(backlogBytes, last, (bytes) => memory.add(bytes));
  }

  /** Releases all events that are kept in memory. */
  #forget(): void {
    this.#pending = [];
    this.#signals = [];
    this.#backlog.trim(0);
    this.#sequencer?.clear();
    this.#takeEarly();
  }

  #takeEarly(): ChatEvent[] {
    const early = this.#early;
    this.#early = [];
    for (const event of early) this.#parts.held.release(event);
    return early;
  }

  /** Adds an event to the backlog. A changed text leaves the kept pages, so that no later reader sees it. */
  #add(frame: Buffer, event: ChatEvent): void {
    this.#edits.add(event, frame);
    if (event.kind === 'reopen') this.#closing = {};
    else if (event.kind === 'close') this.#closing = closingOf({ closed: true, ...event });
    if (event.kind === 'edit' || event.kind === 'delete')
      this.#parts.pages.forget(this.name, event.ref);
  }

  #deliver(event: ChatEvent): void {
    if (this.#ended) return;
    this.#pending.push(event);
    this.#batcher.request();
  }

  #count(pending: ChatEvent[]): void {
    const { metrics } = this.#parts;
    if (this.readers.isEmpty) return;
    const now = Date.now();
    for (const { at } of pending) {
      metrics.lagSeconds.observe(Math.max(0, now - Date.parse(at)) / 1000);
    }
    metrics.deliveries.inc(pending.length * this.readers.size);
  }
}

function closingOf({ closed, archived }: Pick<EventsPage, 'closed' | 'archived'>): Closing {
  return { ...(closed && { closed }), ...(archived && { archived }) };
}
