import type { ChatEvent } from '@parley/contract/event.ts';
import type { EventsPage } from '@parley/contract/events-page.ts';
import type { Hello } from '@parley/contract/sse.ts';
import { isMessage } from './apply-event.ts';
import { LogPoll } from './log-poll.ts';
import { type Presence, type PresenceEvent, presenceAfter } from './presence.ts';
import { AnswerError } from './request-json.ts';
import { type RetryBounds, retryDelayMs } from './retry-delay.ts';
import { hasReached, isOfSameLog, type Standing } from './standing.ts';
import { STREAM_PATIENCE, type StreamPatience, StreamWatch } from './stream-watch.ts';

/** What the log's events are called in the stream; a message is the default event. */
const KINDS = [
  'message',
  'vote',
  'edit',
  'delete',
  'close',
  'reopen',
] satisfies ChatEvent['kind'][];

/**
 * How a stream is doing; `since` and `at` are milliseconds since 1970, `missed` counts messages, and
 * `pollMs` is there while the log is read that often instead.
 */
export type StreamStatus =
  | { state: 'connecting' }
  | { state: 'live'; pollMs?: number }
  | { state: 'reconnecting'; since: number }
  | { state: 'resumed'; at: number; missed: number };

/** How often a parked stream reads the log. */
const POLL_MS = 5000;

/** What a stream tells its page. */
export interface StreamListener {
  /** An event that was not told before; in seq order. */
  onEvent(event: ChatEvent): void;
  onHello(hello: Hello): void;
  onStatus(status: StreamStatus): void;
  /** Our position was of no use: what was told before is void, the newest history follows. */
  onRestart(): void;
  /** The server answered, but did not open the stream; the stream goes on trying. */
  onRefused(): void;
  /** Who is in the channel, after each change. */
  onPresence(presence: Presence): void;
  /** The token that opened the stream is no longer good; the stream goes on without it. */
  onExpired(): void;
}

/**
 * What a stream is made of; `base` is the origin of another host, `last` the history it begins with
 * where `from`, a place to go on from, is not given.
 */
export interface StreamOptions {
  channel: string;
  listener: StreamListener;
  openSource?: (url: string) => EventSource;
  base?: string;
  last?: number;
  from?: Standing | undefined;
  retry?: RetryBounds;
  streamPatience?: StreamPatience;
  /** The place of the log's newest event. Throws where the server does not answer. */
  fetchHead?: () => Promise<Standing>;
  /** A page of the log after a seq, and how often it is read while the stream is parked. */
  readAfter?: (seq: number, limit: number) => Promise<EventsPage>;
  pollMs?: number;
}

/**
 * A channel read through the browser's EventSource, which resumes by itself after a dropped
 * connection but gives up for good on an answer other than 200 (WHATWG HTML 9.2.3): then this
 * opens a new one at the same position. It does the same when the connection is dead without a word,
 * which EventSource never notices. Close it with `close()`.
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
  #standing: Standing | undefined;
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
    this.#standing = options.from;
    this.#retry = options.retry ?? { minMs: 1000, maxMs: 15_000 };
    this.#fetchHead = options.fetchHead;
    this.#readAfter = options.readAfter;
    this.#pollMs = options.pollMs ?? POLL_MS;
    this.#watch = new StreamWatch(options.streamPatience ?? STREAM_PATIENCE, () => this.#replace());
    this.#connect();
  }

  /** Opens the stream anew where it is, for example under another name. */
  reopen(): void {
    this.#connect();
  }

  /** Opens the stream anew, since the network is another one by now. */
  networkChanged(): void {
    if (this.#poll) void this.#poll.now();
    else this.#replace();
  }

  /** Gives the connection up once it is up to date, and reads the log now and then; or back again. */
  park(parked: boolean): void {
    this.#parked = parked;
    if (parked) this.#parkOnceUpToDate();
    else if (this.#poll) this.#connect();
  }

  /** Something up to this place is in the log: a stream that does not bring it is dead. */
  expect(place: Standing): void {
    if (this.#poll) return void this.#poll.now();
    const reached = this.#standing && hasReached(this.#standing, place);
    if (place.epoch !== null && !reached && this.#timer === undefined) this.#watch.doubt();
  }

  /** Compares with the log, or ends a wait between attempts, for example since the page was asleep. */
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
    const heard = () => source === this.#source && this.#watch.heard();
    for (const name of ['open', 'hello', 'reset', 'presence', ...KINDS]) {
      source.addEventListener(name, heard);
    }
    source.addEventListener('heartbeat', () => source === this.#source && this.#watch.beat());
    source.addEventListener('hello', ({ data }) => this.#hello(JSON.parse(data)));
    source.addEventListener('reset', () => this.#reset());
    for (const kind of KINDS) {
      source.addEventListener(kind, ({ data }) => this.#event(JSON.parse(data)));
    }
    source.addEventListener('presence', ({ data }) => this.#present(JSON.parse(data)));
    source.addEventListener('expired', () => this.#listener.onExpired());
    source.addEventListener('error', () => this.#error(source));
  }

  #url(): string {
    const { epoch = null, seq } = this.#standing ?? {};
    const query = new URLSearchParams(
      epoch === null ? { last: String(this.#last) } : { lastEventId: `${epoch}:${seq}` },
    );
    query.set('heartbeat', 'event');
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
    if (hello.head === 0) this.#standing = { epoch: hello.epoch, seq: 0 };
    this.#tellResumed();
    this.#parkOnceUpToDate();
  }

  #resumes({ epoch, head }: Hello): boolean {
    const ofThisLog = this.#standing && isOfSameLog(this.#standing, { epoch, seq: head });
    return this.#downSince !== undefined && ofThisLog === true;
  }

  /** How many messages were missed is known when they are all here. */
  #tellResumed(): void {
    if (this.#downSince === undefined || (this.#standing?.seq ?? 0) < this.#head) return;
    this.#downSince = undefined;
    this.#listener.onStatus({ state: 'resumed', at: Date.now(), missed: this.#missed });
  }

  #event(event: ChatEvent): void {
    const { epoch, seq } = this.#standing ?? { epoch: null, seq: 0 };
    if (event.epoch === epoch && event.seq <= seq) return;
    this.#standing = { epoch: event.epoch, seq: event.seq };
    this.#listener.onEvent(event);
    if (isMessage(event)) this.#missed += 1;
    this.#tellResumed();
    this.#parkOnceUpToDate();
  }

  #parkOnceUpToDate(): void {
    const standing = this.#standing;
    const readAfter = this.#readAfter;
    const upToDate = this.#greeted && standing && standing.seq >= this.#head;
    if (!this.#parked || this.#poll || !upToDate || !readAfter) return;
    this.close();
    this.#listener.onStatus({ state: 'live', pollMs: this.#pollMs });
    this.#poll = new LogPoll({
      everyMs: this.#pollMs,
      read: (limit) => readAfter(this.#standing?.seq ?? 0, limit),
      onPage: (page) => this.#takePage(page),
      onFault: (error) => {
        this.#goDown();
        if (error instanceof AnswerError && error.status < 500) this.#listener.onRefused();
      },
    });
  }

  #takePage({ epoch, head, events }: EventsPage): void {
    if (this.#standing && !isOfSameLog(this.#standing, { epoch, seq: head })) {
      this.#reset();
      return;
    }
    this.#head = head;
    for (const event of events) this.#event(event);
    this.#tellResumed();
  }

  #present(event: PresenceEvent): void {
    this.#presence = presenceAfter(this.#presence, event);
    this.#listener.onPresence(this.#presence);
  }

  /** The newest history and what follows it come in one piece from a stream opened anew. */
  #reset(): void {
    this.#standing = undefined;
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

  /** Gives up a connection that is dead, and opens another. */
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
