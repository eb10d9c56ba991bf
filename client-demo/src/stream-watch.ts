/** How long a connection may be silent, in milliseconds. */
export interface StreamPatience {
  /** Until its first byte. */
  openMs: number;
  /** The interval of heartbeats, until two of them have shown it. */
  beatMs: number;
  /** Once there is reason to doubt the connection. */
  doubtMs: number;
}

export const STREAM_PATIENCE: StreamPatience = { openMs: 20_000, beatMs: 15_000, doubtMs: 3000 };

/** The server's shortest interval; heartbeats that come closer together were held up on the way. */
const SHORTEST_BEAT_MS = 1000;

/** A timer later than this was held up with the whole page, and so were the events it waits for. */
const LATE_MS = 1000;

/** An attempt that follows failed ones may take up to four times as long. */
const MOST_DOUBLINGS = 2;

/**
 * Finds out that a connection is dead although it looks open: its first byte does not come, its
 * heartbeats stay away, or nothing comes at all after a reason to doubt it. Heartbeats are expected
 * only once the connection has brought one, since an older server sends none that a page can see.
 * End it with `stop()`.
 */
export class StreamWatch {
  readonly #patience: StreamPatience;
  readonly #onDead: () => void;
  #beatMs: number;
  #lastBeat: number | undefined;
  #deadline = Number.POSITIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(patience: StreamPatience, onDead: () => void) {
    this.#patience = patience;
    this.#beatMs = patience.beatMs;
    this.#onDead = onDead;
  }

  /** A connection is being opened, after so many failed attempts. */
  opening(attempt: number): void {
    this.#lastBeat = undefined;
    this.#expectWithin(this.#patience.openMs * 2 ** Math.min(attempt, MOST_DOUBLINGS));
  }

  /** Something came. */
  heard(): void {
    if (this.#lastBeat === undefined) this.stop();
    else this.#expectWithin(2 * this.#beatMs + this.#patience.doubtMs);
  }

  /** A heartbeat came. */
  beat(): void {
    const now = Date.now();
    if (this.#lastBeat !== undefined) {
      this.#beatMs = Math.max(SHORTEST_BEAT_MS, now - this.#lastBeat);
    }
    this.#lastBeat = now;
    this.heard();
  }

  /** The connection is dead unless something comes soon. */
  doubt(): void {
    if (this.#deadline - Date.now() > this.#patience.doubtMs) {
      this.#expectWithin(this.#patience.doubtMs);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  #expectWithin(ms: number): void {
    clearTimeout(this.#timer);
    this.#deadline = Date.now() + ms;
    this.#timer = setTimeout(() => this.#check(), ms);
  }

  #check(): void {
    if (Date.now() - this.#deadline > LATE_MS) {
      this.#expectWithin(LATE_MS);
      return;
    }
    // A server that now beats more slowly must not look dead again and again.
    if (this.#lastBeat !== undefined) this.#beatMs *= 2;
    this.stop();
    this.#onDead();
  }
}
