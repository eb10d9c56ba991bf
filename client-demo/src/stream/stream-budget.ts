import { makeIdempotencyKey } from '../idempotency-key.ts';

/**
 * Most streams that a browser holds. Over HTTP/1.1 it opens six connections to a server, and posts,
 * pages and all other requests need some of them.
 */
const MOST_STREAMS = 4;

/**
 * Interval at which a tab repeats its claim, and the silence after which the tab counts as gone.
 */
const REPEAT_MS = 25_000;
const GONE_MS = 90_000;

/** Shortest interval at which a tab announces that it is in use. */
const USED_MS = 5000;

/** A tab that holds a stream or asks for one. */
export interface StreamClaim {
  tab: string;
  shown: boolean;
  /** When the reader last used the tab, in milliseconds since 1970; 0 for never. */
  usedAt: number;
}

/** What tabs send each other about the connections that they share. */
export type BudgetNote =
  | ({ type: 'claim' } & StreamClaim)
  | { type: 'ask' }
  | { type: 'drop'; tab: string };

/**
 * What a budget uses of a BroadcastChannel. A BroadcastChannel does not deliver a tab's own notes
 * to it.
 */
export interface BudgetNotes {
  postMessage(note: BudgetNote): void;
  addEventListener(type: 'message', listener: (event: { data: BudgetNote }) => void): void;
  close(): void;
}

/**
 * One tab's share in limiting the streams of a browser, over all channels. Every tab knows the
 * claims of all tabs. The tabs that are visible or were used last hold the streams. Until two tabs
 * know of each other, both hold one. Close it with `close()`.
 */
export class StreamBudget {
  readonly #notes: BudgetNotes;
  readonly #onChange: (granted: boolean) => void;
  readonly #most: number;
  readonly #others = new Map<string, StreamClaim & { receivedAt: number }>();
  readonly #repeat: ReturnType<typeof setInterval>;
  readonly #tab = makeIdempotencyKey();
  #claim: StreamClaim | undefined;
  #granted = true;

  constructor(notes: BudgetNotes, onChange: (granted: boolean) => void, most = MOST_STREAMS) {
    this.#notes = notes;
    this.#onChange = onChange;
    this.#most = most;
    notes.addEventListener('message', ({ data }) => this.#receive(data));
    this.#repeat = setInterval(() => this.#publish(), REPEAT_MS);
  }

  /** Claims a stream for this tab. The tab has it until `onChange` is called with false. */
  claim(shown: boolean): void {
    this.#granted = true;
    this.#claim = { tab: this.#tab, shown, usedAt: shown ? Date.now() : 0 };
    this.#publish();
    this.#notes.postMessage({ type: 'ask' });
    this.#decide();
  }

  /** The reader turns to this tab, or away from it. */
  used(shown: boolean): void {
    if (!this.#claim) return;
    const isNews = shown !== this.#claim.shown || Date.now() - this.#claim.usedAt > USED_MS;
    if (this.#granted && !isNews) return;
    this.#claim = { ...this.#claim, shown, ...(shown && { usedAt: Date.now() }) };
    this.#publish();
    this.#decide();
  }

  /** Leaves the streams to the other tabs. */
  release(): void {
    if (this.#claim) this.#notes.postMessage({ type: 'drop', tab: this.#tab });
    this.#claim = undefined;
  }

  close(): void {
    this.release();
    clearInterval(this.#repeat);
    this.#notes.close();
  }

  #publish(): void {
    if (this.#claim) this.#notes.postMessage({ type: 'claim', ...this.#claim });
  }

  #receive(note: BudgetNote): void {
    if (note.type === 'ask') this.#publish();
    else if (note.type === 'drop') this.#others.delete(note.tab);
    else this.#others.set(note.tab, { ...note, receivedAt: Date.now() });
    this.#decide();
  }

  #decide(): void {
    const mine = this.#claim;
    if (!mine) return;
    let before = 0;
    for (const [tab, other] of this.#others) {
      if (Date.now() - other.receivedAt > GONE_MS) this.#others.delete(tab);
      else if (goesBefore(other, mine)) before += 1;
    }
    const granted = before < this.#most;
    if (granted === this.#granted) return;
    this.#granted = granted;
    this.#onChange(granted);
  }
}

/** Whether `one` gets a stream before `other`. */
function goesBefore(one: StreamClaim, other: StreamClaim): boolean {
  if (one.shown !== other.shown) return one.shown;
  if (one.usedAt !== other.usedAt) return one.usedAt > other.usedAt;
  return one.tab < other.tab;
}
