import type { ChatEvent } from '@parley/contract/event.ts';
import type { EventsPage } from '@parley/contract/events-page.ts';
import { encodeEventFrame, type ResetReason } from '@parley/contract/sse.ts';
import type { Log } from '@parley/kit/log.ts';
import { Backlog } from './backlog.ts';
import { BacklogEdits } from './backlog-edits.ts';
import type { BacklogMemory } from './backlog-memory.ts';
import type { EventLog } from './event-log.ts';
import type { HeldEvents } from './held-events.ts';
import { LiveReaders } from './live-readers.ts';
import { type Follower, LogFollower } from './log-follower.ts';
import type { BroadcastMetrics } from './metrics.ts';
import { Sequencer } from './sequencer.ts';
import { openTurn } from './turn.ts';

interface FeedParts {
  log: Log;
  events: EventLog;
  metrics: BroadcastMetrics;
  backlogBytes: number;
  memory: BacklogMemory;
  held: HeldEvents;
  /** Called when the text of event `ref`, and of edits of it, is another from now on. */
  onAmend: (feed: Feed, ref: number) => void;
  /** Called when the channel began afresh, so that the live readers are told. */
  onReset: (feed: Feed, reason: ResetReason) => void;
}

/**
 * One channel as its readers see it: takes events in any order and hands them on in seq order,
 * once, to the backlog and to the live connections together, at the end of each turn.
 */
export class Feed implements Follower {
  readonly channel: string;
  /** Those that have everything up to the backlog's last event. */
  readonly live = new LiveReaders();
  readonly #parts: FeedParts;
  readonly #follower: LogFollower;
  readonly #turn = openTurn(() => this.flush());
  readonly #ready = Promise.withResolvers<void>();
  #sequencer: Sequencer | undefined;
  #backlog: Backlog;
  #edits: BacklogEdits;
  /** Events that came before the log has said where the channel stands; the log has them too. */
  #early: ChatEvent[] = [];
  #closed = false;
  #ended = false;
  #pending: { frame: Buffer; event: ChatEvent }[] = [];

  constructor(channel: string, parts: FeedParts) {
    this.channel = channel;
    this.#parts = parts;
    this.#follower = new LogFollower(this, parts);
    this.#backlog = this.#newBacklog(0);
    this.#edits = new BacklogEdits(this.#backlog);
  }

  /** Null until the channel has its first event. */
  get epoch(): string | null {
    return this.#sequencer?.epoch ?? null;
  }

  /** The seq of the newest event handed on to readers. */
  get head(): number {
    return this.#backlog.last;
  }

  /** Whether nobody may speak, as of `head`. */
  get closed(): boolean {
    return this.#closed;
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

  /** Asks the log where the channel stands, and tries until it answers or the feed is closed. */
  open(): Promise<void> {
    return this.#follower.open();
  }

  /** Ends it for good; whoever is live stays the hub's to end. */
  close(): void {
    this.#ended = true;
    this.#follower.close();
    this.live.clear();
    this.#forget();
  }

  /** Takes in an event from the bus. */
  accept(event: ChatEvent): void {
    if (!this.#sequencer) {
      if (!this.#ended && this.#parts.held.take(event)) this.#early.push(event);
      return;
    }
    const verdict = this.#sequencer.accept(event);
    if (verdict === 'repeated') this.#parts.metrics.repeated.inc();
    else if (verdict === 'held') void this.#follower.reach(event.seq);
    else if (verdict === 'foreign') void this.#follower.verify();
  }

  /** Holds what is known against the log's state as it was when `last` was the newest event here. */
  compare(log: { epoch: string; head: number }, last: number): void {
    if (!this.#sequencer) return;
    const replaced = this.epoch !== null && (log.epoch !== this.epoch || log.head < last);
    if (replaced) void this.#follower.verify();
    else if (log.head > this.last) void this.#follower.reach(log.head);
  }

  /** Asks the log where the channel stands; resolves when all of it has been handed on. */
  async verify(): Promise<void> {
    await this.#follower.verify();
    this.flush();
  }

  take(event: ChatEvent): boolean {
    return this.#sequencer?.accept(event) === 'next';
  }

  begin({ epoch, head, events, closed }: EventsPage, reset?: ResetReason): void {
    if (this.#ended) return;
    const early = this.#early;
    this.#forget();
    this.#closed = closed === true;
    this.#backlog = this.#newBacklog(head - events.length);
    this.#edits = new BacklogEdits(this.#backlog, events);
    const start = { epoch, last: head };
    this.#sequencer = new Sequencer(start, (event) => this.#handOn(event), this.#parts.held);
    for (const event of early) this.accept(event);
    this.#ready.resolve();
    if (reset) this.#parts.onReset(this, reset);
  }

  /** Hands on what has come in this turn: one shared buffer, written once to each live reader. */
  flush(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    for (const { frame, event } of pending) this.#add(frame, event);
    const [first] = pending;
    const bytes =
      pending.length === 1 && first
        ? first.frame
        : Buffer.concat(pending.map(({ frame }) => frame));
    this.live.write((framing) => framing.events(bytes));
    this.#count(pending);
  }

  #newBacklog(last: number): Backlog {
    const { backlogBytes, memory } = this.#parts;
    return new Backlog(backlogBytes, last, (bytes) => memory.add(bytes));
  }

  /** Gives back what is kept in memory. */
  #forget(): void {
    this.#pending = [];
    this.#backlog.trim(0);
    this.#sequencer?.clear();
    for (const event of this.#early) this.#parts.held.release(event);
    this.#early = [];
  }

  /** What a text was before is not shown to those who come later. */
  #add(frame: Buffer, event: ChatEvent): void {
    this.#edits.add(event, frame);
    if (event.kind === 'close' || event.kind === 'reopen') this.#closed = event.kind === 'close';
    if (event.kind === 'edit' || event.kind === 'delete') this.#parts.onAmend(this, event.ref);
  }

  #handOn(event: ChatEvent): void {
    if (this.#ended) return;
    this.#pending.push({ frame: Buffer.from(encodeEventFrame(event)), event });
    this.#turn.ask();
  }

  #count(pending: { event: ChatEvent }[]): void {
    const { metrics } = this.#parts;
    if (this.live.size === 0) return;
    const now = Date.now();
    for (const { event } of pending) {
      metrics.lagSeconds.observe(Math.max(0, now - Date.parse(event.at)) / 1000);
    }
    metrics.deliveries.inc(pending.length * this.live.size);
  }
}
