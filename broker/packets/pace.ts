/** Work that passes at once after a pause: the work of one second. */
const BURST_MS = 1_000;

/**
 * A rate of work, in units a second (the generic cell rate algorithm). Work that has to wait
 * reserves its time at once, so that waiting work passes in order of arrival.
 */
export class Pace {
  readonly #unitMs: number;
  /** When all reserved work would be done at an even rate. */
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#unitMs = 1_000 / perSecond;
  }

  /**
   * Counts work and returns the milliseconds until it may pass. Work that would wait longer than
   * `longestMs` is not counted, and undefined is returned.
   */
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

  /** True when the rate is as if it were never used. */
  get rested(): boolean {
    return this.#dueMs <= performance.now();
  }
}
