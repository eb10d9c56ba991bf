/** A small repeatable source of chance (mulberry32): the same seed gives the same row of numbers. */
export class Random {
  #state: number;

  /** `seed` is a whole number; its lowest 32 bits count. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to before 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** From `low` up to before `high`. */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** The same things in an order of chance (Fisher and Yates). */
  shuffled<T>(things: readonly T[]): T[] {
    const rest = [...things];
    return things.flatMap(() => rest.splice(Math.floor(this.next() * rest.length), 1));
  }
}
