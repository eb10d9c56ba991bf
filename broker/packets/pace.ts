/** Work that passes at once after a rest: that of one second. */
const BURST_MS = 1_000;

/**
 * A rate of work, in units a second (the generic cell rate algorithm). What has to wait has its place
 * from then on, so that those who wait pass in the order in which they came.
 */
export class Pace {
  readonly #unitMs: number;
  /** When all that was reserved would be done, had it come evenly. */
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#unitMs = 1_000 / perSecond;
  }

  /** Counts some work; returns in how many milliseconds it may pass. Beyond `longestMs` it is not counted, and undefined. */
  reserve(units: number): number;
  reserve(units: number, longestMs: number): number | undefined;
  reserve(units: number, longestMs = Number.POSITIVE_INFINITY): number | undefined {
    const now = performance.now();
    const dueMs = Math.max(this.#dueMs, now) + units * this.#unitMs;
    const waitMs = Math.max(0, Math.ceil(dueMs - now - BURST_MS));
    if (waitMs > longestMs) return undefined;
    this.#dueMs = dueMs;
    return waitMs;
  }

  /** True when it is as one that was never used. */
  get rested(): boolean {
    return this.#dueMs <= performance.now();
  }
}
