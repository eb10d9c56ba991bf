/** How much later than two heartbeats the next sign of life may come. */
const SLACK_MS = 3_000;
/** A timer that is later than this was held up with the whole page, as were the events. */
const LATE_MS = 1_000;
/** Heartbeats that arrive closer together were held up on the way. */
const SHORTEST_BEAT_MS = 1_000;

/** Finds a connection that is dead although it looks open: nothing arrives for two heartbeats. */
export class Silence {
  readonly #onSilence: () => void;
  #limitMs: number;
  #lastBeat: number | undefined;
  #deadline = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `limitMs` holds until two heartbeats have shown their interval. */
  constructor(limitMs: number, onSilence: () => void) {
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
  }

  /** A connection is being opened. */
  begin(): void {
    this.#lastBeat = undefined;
    this.alive();
  }

  alive(): void {
    this.#expectWithin(this.#limitMs);
  }

  beat(): void {
    const now = performance.now();
    if (this.#lastBeat !== undefined) {
      const beatMs = Math.max(SHORTEST_BEAT_MS, now - this.#lastBeat);
      this.#limitMs = 2 * beatMs + SLACK_MS;
    }
    this.#lastBeat = now;
    this.alive();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #expectWithin(ms: number): void {
    clearTimeout(this.#timer);
    this.#deadline = performance.now() + ms;
    this.#timer = setTimeout(() => this.#check(), ms);
  }

  #check(): void {
    if (performance.now() - this.#deadline > LATE_MS) {
      this.#expectWithin(LATE_MS);
      return;
    }
    // A server with slower heartbeats must not look dead again and again.
    this.#limitMs *= 2;
    this.#onSilence();
  }
}
