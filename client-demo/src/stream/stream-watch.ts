/** How long a connection may be silent, in milliseconds. */
export interface StreamPatience {
  /** Until its first byte. */
  openMs: number;
  /** The interval of heartbeats, until two of them have shown the real one. */
  beatMs: number;
  /** After a reason to doubt the connection. */
  doubtMs: number;
}

export const STREAM_PATIENCE: StreamPatience = { openMs: 20_000, beatMs: 15_000, doubtMs: 3000 };

/**
 * The server's shortest interval. Heartbeats that arrive closer together were held up on the way.
 */
const SHORTEST_BEAT_MS = 1000;

/**
 * A timer that is later than this was held up with the whole page, like the events that it waits
 * for.
 */
const LATE_MS = 1000;

/** An attempt after failed ones may take up to four times as long. */
const MOST_DOUBLINGS = 2;

/**
 * Finds connections that are dead although they look open: no first byte arrives, heartbeats stop,
 * or nothing arrives after a reason to doubt the connection. Heartbeats are expected only after the
 * connection has brought one, because older servers send none that a page can see. End it with
 * `stop()`.
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

  /** A connection is being opened, after `attempt` failed attempts. */
  opening(attempt: number): void {
    this.#lastBeat = undefined;
    this.#expectWithin(this.#patience.openMs * 2 ** Math.min(attempt, MOST_DOUBLINGS));
  }

  /** Any sign of life. */
  alive(): void {
    if (this.#lastBeat === undefined) this.stop();
    else this.#expectWithin(2 * this.#beatMs + this.#patience.doubtMs);
  }

  /** A heartbeat. */
  beat(): void {
    const now = Date.now();
    if (this.#lastBeat !== undefined) {
      this.#beatMs = Math.max(SHORTEST_BEAT_MS, now - this.#lastBeat);
    }
    this.#lastBeat = now;
    this.alive();
  }

  /** The connection is dead unless something arrives soon. */
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
    // A server that now sends heartbeats more slowly must not look dead again and again.
    if (this.#lastBeat !== undefined) this.#beatMs *= 2;
    this.stop();
    this.#onDead();
  }
}
