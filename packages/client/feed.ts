import type { ParleyError } from './error.ts';
import type { ChannelState, LogEvent, Page, Reset } from './events.ts';
import type { Http } from './http.ts';
import { backoffMs, pause } from './pause.ts';

/** Where a channel begins: after a position `<epoch>:<seq>`, with the newest `last`, or from now. */
export interface FeedStart {
  after?: string | undefined;
  last?: number | undefined;
  /** The channel had another name: its log may be older than the stream that shows none. */
  isRenamed?: boolean;
}

export interface FeedParts {
  http: Http;
  deliver: (event: LogEvent) => void;
  onReset: (reset: Reset) => void;
  /** All events up to now have arrived. */
  onLive: (state: ChannelState) => void;
  /** The log has events that the stream should have brought. */
  onDoubt: () => void;
  /** The channel cannot be read, or has another name (`renamed`). */
  onError: (error: ParleyError, channel: string) => void;
}

const PAGE_EVENTS = 500;
const RETRY = { minMs: 500, maxMs: 15_000 };
/** Longest time that posts wait for the begin of their channel. */
const BEGIN_MS = 5_000;
/** How long the stream may take to bring an event that the log has. */
const BRING_MS = 3_000;

/**
 * One channel's events in order of seq, each once. Events come from the stream; what the stream does
 * not bring is read from the log.
 */
export class Feed {
  readonly name: string;
  readonly #start: FeedStart;
  readonly #parts: FeedParts;
  readonly #stop = new AbortController();
  readonly #wait = new AbortController();
  #position: { epoch: string | null; seq: number } | undefined;
  /** The seq up to which the log is being read. */
  #target = 0;
  #filling = false;
  /** The newest seq that the log has, as answers say. */
  #expected = 0;
  #isExpecting = false;
  /** True while the first events are read with `last`: the log may keep fewer. */
  #mayBeginLater = false;
  /** True after a reset: the next event of the stream is the next one of the log. */
  #followsReset = false;
  /** The last position in a log that is gone. */
  #former: { epoch: string | null; seq: number } | undefined;
  /** The state at the begin of the stream, until all events up to its head have arrived. */
  #greeting: ChannelState | undefined;
  /**
   * Resolves when the channel has begun, is closed, or does not begin in 5 s. A post before that
   * would not be among the events of a channel that begins from now.
   */
  readonly begun: Promise<void>;

  constructor(name: string, start: FeedStart, parts: FeedParts) {
    this.name = name;
    this.#start = start;
    this.#parts = parts;
    this.begun = pause(BEGIN_MS, this.#wait.signal);
  }

  /** The position of the newest event that was delivered, `<epoch>:<seq>`; also in a log that is gone. */
  get position(): string | undefined {
    const known = this.#position?.epoch ? this.#position : this.#former;
    return known && `${known.epoch}:${known.seq}`;
  }

  close(): void {
    this.#wait.abort();
    this.#stop.abort();
  }

  /** The state of the channel at the begin of a stream. `isResumed`: the stream sends what is missing. */
  greet(state: ChannelState, isResumed: boolean): void {
    this.#greeting = state;
    if (this.#position) this.#goOn(state, isResumed);
    else this.#begin(state);
    this.#settle();
  }

  /** The log has an event with this seq. A stream that does not bring it soon is dead. */
  async expect(seq: number): Promise<void> {
    this.#expected = Math.max(this.#expected, seq);
    if (this.#isExpecting) return;
    this.#isExpecting = true;
    for (let expected = this.#expected; this.#misses(expected); expected = this.#expected) {
      await pause(BRING_MS, this.#stop.signal);
      if (!this.#misses(expected)) continue;
      this.#fill(expected);
      this.#parts.onDoubt();
      break;
    }
    this.#isExpecting = false;
  }

  #misses(seq: number): boolean {
    return !this.#stop.signal.aborted && this.#position !== undefined && this.#position.seq < seq;
  }

  /** Compares the log with what has arrived. */
  async look(): Promise<void> {
    if (!this.#position) return;
    try {
      const { epoch, head } = await this.#page(1);
      const known = this.#position.epoch;
      if (!known || epoch === known) await this.expect(head);
      else this.#parts.onDoubt();
    } catch (error) {
      this.#followName(error as ParleyError);
      if ((error as ParleyError).status === 0 && !this.#stop.signal.aborted) this.#parts.onDoubt();
    }
  }

  /** A channel without a log may have another name, or a log that the stream did not know yet. */
  async #lookAgain(attempt = 1): Promise<void> {
    try {
      const { epoch, head } = await this.#page(1);
      if (epoch && this.#isWithoutLog) this.#find({ channel: this.name, epoch, head });
    } catch (error) {
      const refusal = error as ParleyError;
      this.#followName(refusal);
      if (!refusal.isOfChannel) await this.#pause(attempt, refusal);
      if (!refusal.isOfChannel && this.#isWithoutLog) return this.#lookAgain(attempt + 1);
    }
    this.#wait.abort();
  }

  get #isWithoutLog(): boolean {
    return !this.#position?.epoch && !this.#stop.signal.aborted;
  }

  /** Goes on in a log that the stream does not show: in the one before, or with all of a younger one. */
  #find(state: ChannelState): void {
    const former = this.#former;
    this.#followsReset = false;
    if (!former && this.#start.isRenamed) this.#begin(state);
    else {
      this.#position = former?.epoch === state.epoch ? former : { epoch: state.epoch, seq: 0 };
      this.#fill(state.head);
    }
    this.#settle();
  }

  #followName(error: ParleyError): void {
    if (error.code === 'renamed' && !this.#stop.signal.aborted)
      this.#parts.onError(error, this.name);
  }

  /** An event of the stream. */
  receive(event: LogEvent): void {
    if (this.#followsReset) {
      this.#followsReset = false;
      this.#position = { epoch: event.epoch, seq: event.seq - 1 };
    }
    const position = this.#position;
    if (!position || this.#filling) {
      this.#target = Math.max(this.#target, event.seq);
      return;
    }
    position.epoch ??= event.epoch;
    if (event.epoch !== position.epoch) {
      // The log says whether it was replaced.
      this.#fill(position.seq + 1);
      return;
    }
    if (event.seq <= position.seq) return;
    if (event.seq > position.seq + 1) this.#fill(event.seq);
    else this.#deliver(event);
  }

  /** The stream goes on from the head of a log, perhaps of another one than `state` tells. */
  reset({ reason }: Reset, state: ChannelState | undefined): void {
    if (!state) return;
    this.#reset(reason, state);
    this.#target = 0;
    this.#followsReset = true;
    this.#settle();
  }

  #goOn(state: ChannelState, isResumed: boolean): void {
    const { epoch = null, seq = 0 } = this.#position ?? {};
    if (!epoch && !this.#followsReset) this.#position = { epoch: state.epoch, seq };
    else if (this.#followsReset || epoch !== state.epoch) {
      if (!isResumed) this.#reset('epoch', state);
      return;
    }
    if (!isResumed) this.#fill(state.head);
  }

  #begin(state: ChannelState): void {
    const { after, last = 0 } = this.#start;
    const [epoch = '', seq = ''] = after?.split(':') ?? [];
    if (state.epoch) this.#wait.abort();
    if (after !== undefined && epoch !== state.epoch && Number(seq) > 0) {
      this.#former = { epoch, seq: Number(seq) };
      this.#reset('epoch', state);
      return;
    }
    this.#mayBeginLater = after === undefined;
    const from = after === undefined ? Math.max(0, state.head - last) : Number(seq);
    this.#position = { epoch: state.epoch, seq: from };
    this.#fill(Math.max(state.head, this.#target));
    if (!state.epoch) void this.#lookAgain();
  }

  #reset(reason: string, state: ChannelState): void {
    this.#followsReset = false;
    this.#expected = 0;
    this.#greeting = state;
    if (this.#position?.epoch) this.#former = this.#position;
    this.#position = { epoch: state.epoch, seq: state.head };
    // A log without an epoch is none: the channel was deleted, or has another name.
    if (!state.epoch) void this.#lookAgain();
    this.#parts.onReset({ channel: this.name, reason: state.epoch ? reason : 'gone' });
  }

  #deliver(event: LogEvent): void {
    if (this.#position) this.#position.seq = event.seq;
    this.#followsReset = false;
    this.#parts.deliver(event);
    this.#settle();
  }

  /** Announces that the channel is live, once all events up to the greeting's head have arrived. */
  #settle(): void {
    const greeting = this.#greeting;
    if (!greeting || this.#filling || this.#stop.signal.aborted) return;
    if (!this.#position || this.#position.seq < greeting.head) return;
    this.#greeting = undefined;
    this.#parts.onLive(greeting);
  }

  /** Reads the log up to a seq. */
  #fill(target: number): void {
    this.#target = Math.max(this.#target, target);
    if (this.#filling) return;
    if (this.#target <= (this.#position?.seq ?? 0)) {
      this.#mayBeginLater = false;
      return;
    }
    this.#filling = true;
    void this.#readLog();
  }

  async #readLog(): Promise<void> {
    const { signal } = this.#stop;
    for (let attempt = 1; !signal.aborted && this.#target > (this.#position?.seq ?? 0); ) {
      try {
        const position = this.#position;
        const page = await this.#page();
        // After a reset it is a page of another log.
        if (position === this.#position) this.#receivePage(page);
        attempt = 1;
      } catch (error) {
        if (signal.aborted) break;
        const refusal = error as ParleyError;
        if (refusal.isOfChannel) {
          this.#parts.onError(refusal, this.name);
          this.#greeting = undefined;
          break;
        }
        await this.#pause(attempt++, refusal);
      }
    }
    this.#filling = false;
    this.#mayBeginLater = false;
    if (!signal.aborted) this.#settle();
  }

  #pause(attempt: number, { retryAfterMs = 0 }: ParleyError): Promise<void> {
    return pause(Math.max(retryAfterMs, backoffMs(attempt, RETRY)), this.#stop.signal);
  }

  #page(limit = PAGE_EVENTS): Promise<Page> {
    const after = this.#position?.seq ?? 0;
    const path = `/chat/${encodeURIComponent(this.name)}/events?after=${after}&limit=${limit}`;
    return this.#parts.http.json<Page>(path, { signal: this.#stop.signal });
  }

  #receivePage({ epoch, head, events }: Page): void {
    const position = this.#position;
    if (!position) return;
    position.epoch ??= epoch;
    if (epoch !== position.epoch) {
      this.#reset('epoch', { channel: this.name, epoch, head });
      return;
    }
    const [first] = events;
    if (!first) {
      // The log has none of them any more, or fewer than the stream announced.
      this.#target = position.seq;
      if (this.#greeting) this.#greeting = { ...this.#greeting, head: position.seq };
      return;
    }
    if (first.seq > position.seq + 1 && !this.#mayBeginLater) {
      this.#parts.onReset({ channel: this.name, reason: 'expired' });
    }
    for (const event of events) if (event.seq > position.seq) this.#deliver(event);
  }
}
