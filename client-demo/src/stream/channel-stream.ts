import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { EventsPage } from '@parley/contract/events/events-page.ts';
import type { Signal } from '@parley/contract/events/signal.ts';
import type { Hello } from '@parley/contract/streams/sse.ts';
import { type Presence, type PresenceEvent, presenceAfter } from '../channels/presence.ts';
import { isMessage } from '../history/apply-event.ts';
import { hasReached, isOfSameLog, type Position } from '../history/position.ts';
import { AnswerError } from '../request-json.ts';
import { type RetryBounds, retryDelayMs } from '../retry-delay.ts';
import { LogPoll } from './log-poll.ts';
import { STREAM_PATIENCE, type StreamPatience, StreamWatch } from './stream-watch.ts';

/** The names of the log's events in the stream; a message is the default event. */
const KINDS = [
  'message',
  'vote',
  'edit',
  'delete',
  'close',
  'reopen',
] satisfies ChatEvent['kind'][];

/**
 * The state of a stream; `since` and `at` are milliseconds since 1970, and `missed` counts
 * messages. `pollMs` is set while the stream is parked: it then reads the log at this interval.
 */
export type StreamStatus =
  | { state: 'connecting' }
  | { state: 'live'; pollMs?: number }
  | { state: 'reconnecting'; since: number }
  | { state: 'resumed'; at: number; missed: number };

/** Interval at which a parked stream reads the log. */
const POLL_MS = 5000;

/** What a stream notifies its page of. */
export interface StreamListener {
  /** An event that was not delivered before; in order of seq. */
  onEvent(event: ChatEvent): void;
  onHello(hello: Hello): void;
  onStatus(status: StreamStatus): void;
  /**
   * The server cannot resume from our position. Earlier events are void, and the newest history
   * follows.
   */
  onRestart(): void;
  /** The server answered without opening the stream. The stream keeps trying. */
  onRefused(): void;
  /** The readers of the channel, after each change. */
  onPresence(presence: Presence): void;
  /** The token that opened the stream has expired. The stream goes on without it. */
  onExpired(): void;
}

/**
 * What a stream needs. `base` is the origin of another host. `from` is the position to resume from;
 * without it the stream begins with the `last` newest events.
 */
export interface StreamOptions {
  channel: string;
  listener: StreamListener;
  openSource?: (url: string) => EventSource;
  base?: string;
  last?: number;
  from?: Position | undefined;
  retry?: RetryBounds;
  streamPatience?: StreamPatience;
  /** The position of the log's newest event. Throws if the server does not answer. */
  fetchHead?: () => Promise<Position>;
  /** Reads the events after a seq, for a parked stream, every `pollMs`. */
  readAfter?: (seq: number, limit: number) => Promise<EventsPage>;
  pollMs?: number;
}

/**
 * Reads a channel through the browser's EventSource. EventSource resumes by itself after a dropped
 * connection, but gives up for good on an answer other than 200 (WHATWG HTML 9.2.3): then this
 * class opens a new one at the same position. It does the same when the connection is dead although
 * it looks open, which EventSource never notices. Close it with `close()`.
 */
export class ChannelStream {
  readonly #channel: string;
  readonly #listener: StreamListener;
  readonly #openSource: (url: string) => EventSource;
  readonly #base: string;
  readonly #last: number;
  readonly #retry: RetryBounds;
  readonly #fetchHead: StreamOptions['fetchHead'];
  readonly #readAfter: StreamOptions['readAfter'];
  readonly #pollMs: number;
  readonly #watch: StreamWatch;
  #poll: LogPoll | undefined;
  #parked = false;
  #greeted = false;
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #position: Position | undefined;
  #presence: Presence | undefined;
  #downSince: number | undefined;
  #head = 0;
  #missed = 0;
  #restarting = false;

  constructor(options: StreamOptions) {
    this.#channel = options.channel;
    this.#listener = options.listener;
    this.#openSource = options.openSource ?? ((url) => new EventSource(url));
    this.#base = options.base ?? '';
    this.#last = options.last ?? 50;
    this.#position = options.from;
    this.#retry = options.retry ?? { minMs: 1000, maxMs: 15_000 };
    this.#fetchHead = options.fetchHead;
    this.#readAfter = options.readAfter;
    this.#pollMs = options.pollMs ?? POLL_MS;
    this.#watch = new StreamWatch(options.streamPatience ?? STREAM_PATIENCE, () => this.#replace());
    this.#connect();
  }

  /** Opens a new connection at the same position, for example for another account. */
  reopen(): void {
    this.#connect();
  }

  /** Opens a new connection, because the network has changed. */
  networkChanged(): void {
    if (this.#poll) void this.#poll.now();
    else this.#replace();
  }

  /**
   * True: closes the connection once the stream is up to date, and then polls the log. False: opens
   * the connection again.
   */
  park(parked: boolean): void {
    this.#parked = parked;
    if (parked) this.#parkOnceUpToDate();
    else if (this.#poll) this.#connect();
  }

  /** The log has an event at this position. A connection that does not bring it is dead. */
  expect(position: Position): void {
    if (this.#poll) return void this.#poll.now();
    const reached = this.#position && hasReached(this.#position, position);
    if (position.epoch !== null && !reached && this.#timer === undefined) this.#watch.doubt();
  }

  /**
   * Compares the stream with the log, or ends a wait between attempts, for example after the page
   * was asleep.
   */
  async look(): Promise<void> {
    if (this.#poll) return this.#poll.now();
    if (this.#timer !== undefined) return this.#connect();
    try {
      const head = await this.#fetchHead?.();
      if (head) this.expect(head);
    } catch (error) {
      if (!(error instanceof AnswerError) && this.#timer === undefined) this.#watch.doubt();
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#watch.stop();
    this.#source?.close();
    this.#poll?.stop();
    this.#poll = undefined;
    this.#greeted = false;
  }

  #connect(): void {
    this.close();
    const source = this.#openSource(this.#url());
    this.#source = source;
    this.#watch.opening(this.#attempt);
    const alive = () => source === this.#source && this.#watch.alive();
    for (const name of ['open', 'hello', 'reset', 'presence', ...KINDS]) {
      source.addEventListener(name, alive);
    }
    source.addEventListener('heartbeat', () => source === this.#source && this.#watch.beat());
    source.addEventListener('hello', ({ data }) => this.#hello(JSON.parse(data)));
    source.addEventListener('reset', () => this.#reset());
    for (const kind of KINDS) {
      source.addEventListener(kind, ({ data }) => this.#receive(JSON.parse(data)));
    }
    source.addEventListener('presence', ({ data }) => this.#present(JSON.parse(data)));
    source.addEventListener('expired', () => this.#listener.onExpired());
    source.addEventListener('error', () => this.#error(source));
  }

  #url(): string {
    const { epoch = null, seq } = this.#position ?? {};
    const query = new URLSearchParams(
      epoch === null ? { last: String(this.#last) } : { lastEventId: `${epoch}:${seq}` },
    );
    query.set('heartbeat', 'event');
    // Without names every event arrives as a message, also an event of a type that is not known here.
    query.set('untyped', '1');
    return `${this.#base}/broadcast/${encodeURIComponent(this.#channel)}?${query}`;
  }

  #hello(hello: Hello): void {
    if (this.#restarting) this.#listener.onRestart();
    this.#restarting = false;
    this.#attempt = 0;
    this.#head = hello.head;
    this.#greeted = true;
    this.#listener.onHello(hello);
    if (!this.#resumes(hello)) {
      this.#downSince = undefined;
      this.#listener.onStatus({ state: 'live' });
    }
    if (hello.head === 0) this.#position = { epoch: hello.epoch, seq: 0 };
    this.#notifyResumed();
    this.#parkOnceUpToDate();
  }

  #resumes({ epoch, head }: Hello): boolean {
    const ofThisLog = this.#position && isOfSameLog(this.#position, { epoch, seq: head });
    return this.#downSince !== undefined && ofThisLog === true;
  }

  /** The number of missed messages is known only when all of them have arrived. */
  #notifyResumed(): void {
    if (this.#downSince === undefined || (this.#position?.seq ?? 0) < this.#head) return;
    this.#downSince = undefined;
    this.#listener.onStatus({ state: 'resumed', at: Date.now(), missed: this.#missed });
  }

  /** Signals arrive as messages, too; the page shows none. */
  #receive(received: ChatEvent | Signal): void {
    if (received.kind !== 'signal') this.#event(received);
  }

  #event(event: ChatEvent): void {
    const { epoch, seq } = this.#position ?? { epoch: null, seq: 0 };
    if (event.epoch === epoch && event.seq <= seq) return;
    this.#position = { epoch: event.epoch, seq: event.seq };
    this.#listener.onEvent(event);
    if (isMessage(event)) this.#missed += 1;
    this.#notifyResumed();
    this.#parkOnceUpToDate();
  }

  #parkOnceUpToDate(): void {
    const position = this.#position;
    const readAfter = this.#readAfter;
    const upToDate = this.#greeted && position && position.seq >= this.#head;
    if (!this.#parked || this.#poll || !upToDate || !readAfter) return;
    this.close();
    this.#listener.onStatus({ state: 'live', pollMs: this.#pollMs });
    this.#poll = new LogPoll({
      everyMs: this.#pollMs,
      read: (limit) => readAfter(this.#position?.seq ?? 0, limit),
      onPage: (page) => this.#receivePage(page),
      onFault: (error) => {
        this.#goDown();
        if (error instanceof AnswerError && error.status < 500) this.#listener.onRefused();
      },
    });
  }

  #receivePage({ epoch, head, events }: EventsPage): void {
    if (this.#position && !isOfSameLog(this.#position, { epoch, seq: head })) {
      this.#reset();
      return;
    }
    this.#head = head;
    for (const event of events) this.#event(event);
    this.#notifyResumed();
  }

  #present(event: PresenceEvent): void {
    this.#presence = presenceAfter(this.#presence, event);
    this.#listener.onPresence(this.#presence);
  }

  /** A new connection brings the newest history and the events after it without a gap. */
  #reset(): void {
    this.#position = undefined;
    this.#restarting = true;
    this.#reconnect();
  }

  #error(source: EventSource): void {
    if (source !== this.#source) return;
    this.#goDown();
    this.#watch.opening(this.#attempt);
    if (source.readyState !== source.CLOSED) return;
    this.#reconnect();
    this.#listener.onRefused();
  }

  /** Closes a dead connection and opens another. */
  #replace(): void {
    this.#goDown();
    this.#connect();
    this.#attempt += 1;
  }

  #reconnect(): void {
    this.close();
    this.#goDown();
    const delayMs = retryDelayMs(this.#attempt, this.#retry);
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#connect(), delayMs);
  }

  #goDown(): void {
    if (this.#downSince !== undefined) return;
    this.#downSince = Date.now();
    this.#missed = 0;
    this.#listener.onStatus({ state: 'reconnecting', since: this.#downSince });
  }
}
