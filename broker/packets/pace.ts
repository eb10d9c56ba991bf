/**
 * A rate of work, in units a second (the generic cell rate algorithm). After a pause the work of
 * `burstMs` passes at once. Work that has to wait reserves its time at once, so that waiting work passes in order of arrival.
 */
export class Pace {
  readonly #unitMs: number;
  readonly #burstMs: number;
  /** When all reserved work would be done at an even rate. */
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, burstMs = 1_000) {
    this.#unitMs = 1_000 / perSecond;
    this.#burstMs = burstMs;
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
    const waitMs = Math.max(0, Math.ceil(dueMs - now - this.#burstMs));
    if (waitMs > longestMs) return undefined;
    this.#dueMs = dueMs;
    return waitMs;
  }

  /** True when the rate is as if it were never used. */
  get rested(): boolean {
    return this.#dueMs <= performance.now();
  }
}
