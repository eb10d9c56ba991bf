import { percentile } from './percentile.ts';

/** Summary of a set of durations, in milliseconds. The figures are NaN when `count` is 0. */
export interface SampleSummary {
  count: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** Collects durations in microseconds without an allocation for each value. */
export class Samples {
  #values = new Float64Array(4096);
  #count = 0;

  add(durationUs: number): void {
    if (this.#count === this.#values.length) this.#grow();
    this.#values[this.#count++] = durationUs;
  }

  clear(): void {
    this.#count = 0;
  }

  summary(): SampleSummary {
    const sorted = this.#values.slice(0, this.#count).sort();
    return {
      count: this.#count,
      p50Ms: percentile(sorted, 0.5) / 1e3,
      p99Ms: percentile(sorted, 0.99) / 1e3,
      maxMs: percentile(sorted, 1) / 1e3,
    };
  }

  #grow(): void {
    const larger = new Float64Array(this.#values.length * 2);
    larger.set(this.#values);
    this.#values = larger;
  }
}
