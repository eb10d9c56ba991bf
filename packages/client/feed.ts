import type { ParleyError } from './error.ts';
import type { ChannelState, LogEvent, Page, Reset } from './events.ts';
import type { Http } from './http.ts';
import { backoffMs, pause } from './pause.ts';

/** Where a channel begins: after a position `<epoch>:<seq>`, with the newest `last`, or from now. */
export interface FeedStart {
  after?: string | undefined;
  last?: number | undefined;
}

interface FeedParts {
  http: Http;
  deliver: (event: LogEvent) => void;
  onReset: (reset: Reset) => void;
  onError: (error: ParleyError) => void;
}

const PAGE_EVENTS = 500;
const RETRY = { minMs: 500, maxMs: 15_000 };
/** Longest time that posts wait for the begin of their channel. */
const BEGIN_MS = 5_000;

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
  /** True while the first events are read with `last`: the log may keep fewer. */
  #mayBeginLater = false;
  /** True after a reset: the next event of the stream is the next one of the log. */
  #followsReset = false;
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

  /** The position of the newest event that was delivered, `<epoch>:<seq>`. */
  get position(): string | undefined {
    const { epoch, seq } = this.#position ?? { epoch: null, seq: 0 };
    return epoch === null ? undefined : `${epoch}:${seq}`;
  }

  close(): void {
    this.#wait.abort();
    this.#stop.abort();
  }

  /** The state of the channel at the begin of a stream. `isResumed`: the stream sends what is missing. */
  greet(state: ChannelState, isResumed: boolean): void {
    if (!this.#position) {
      this.#begin(state);
      return;
    }
    if (this.#followsReset) {
      if (!isResumed) this.#reset('epoch', state);
      return;
    }
    const { epoch, seq } = this.#position;
    if (epoch === null) this.#position = { epoch: state.epoch, seq };
    else if (epoch !== state.epoch) {
      if (!isResumed) this.#reset('epoch', state);
      return;
    }
    if (!isResumed) this.#fill(state.head);
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
  }

  #begin(state: ChannelState): void {
    this.#wait.abort();
    const { after, last = 0 } = this.#start;
    const [epoch = '', seq = ''] = after?.split(':') ?? [];
    if (after !== undefined && epoch !== state.epoch && Number(seq) > 0) {
      this.#reset('epoch', state);
      return;
    }
    this.#mayBeginLater = after === undefined;
    const from = after === undefined ? Math.max(0, state.head - last) : Number(seq);
    this.#position = { epoch: state.epoch, seq: from };
    this.#fill(Math.max(state.head, this.#target));
  }

  #reset(reason: string, { epoch, head }: ChannelState): void {
    this.#followsReset = false;
    this.#position = { epoch, seq: head };
    this.#parts.onReset({ channel: this.name, reason });
  }

  #deliver(event: LogEvent): void {
    if (this.#position) this.#position.seq = event.seq;
    this.#parts.deliver(event);
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
        this.#receivePage(await this.#page());
        attempt = 1;
      } catch (error) {
        if (signal.aborted) break;
        const refusal = error as ParleyError;
        if (!refusal.isPassing) {
          this.#parts.onError(refusal);
          break;
        }
        await pause(Math.max(refusal.retryAfterMs ?? 0, backoffMs(attempt++, RETRY)), signal);
      }
    }
    this.#filling = false;
    this.#mayBeginLater = false;
  }

  #page(): Promise<Page> {
    const after = this.#position?.seq ?? 0;
    const path = `/chat/${encodeURIComponent(this.name)}/events?after=${after}&limit=${PAGE_EVENTS}`;
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
      return;
    }
    if (first.seq > position.seq + 1 && !this.#mayBeginLater) {
      this.#parts.onReset({ channel: this.name, reason: 'expired' });
    }
    for (const event of events) if (event.seq > position.seq) this.#deliver(event);
  }
}
