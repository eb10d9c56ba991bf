/** Below which part of the bound it is brought, so that not each further amount asks for a search. */
const FREED = 3 / 4;

interface Bound<K> {
  /** How much may be kept for all together. */
  max: number;
  /** How much is kept for one now. */
  measure: (key: K) => number;
  /** Cuts the one that is the cheapest to lose. */
  cut: (key: K) => void;
}

/**
 * Bounds what is kept for all clients together. Beyond the bound those for which the most is kept are
 * cut. What is kept may become less without notice: it is measured again before anyone is cut.
 */
export class SharedBound<K> {
  readonly #bound: Bound<K>;
  readonly #amounts = new Map<K, number>();
  #total = 0;

  constructor(bound: Bound<K>) {
    this.#bound = bound;
  }

  /** How much is kept for all, measured now. */
  get total(): number {
    for (const key of this.#amounts.keys()) this.#measure(key);
    return this.#total;
  }

  /** Counts what is kept for one, after it may have become more. */
  note(key: K): void {
    this.#measure(key);
    if (this.#total > this.#bound.max) this.#free();
  }

  /** Counts one no longer. */
  forget(key: K): void {
    this.#total -= this.#amounts.get(key) ?? 0;
    this.#amounts.delete(key);
  }

  #measure(key: K): void {
    const amount = this.#bound.measure(key);
    this.#total += amount - (this.#amounts.get(key) ?? 0);
    if (amount > 0) this.#amounts.set(key, amount);
    else this.#amounts.delete(key);
  }

  #free(): void {
    if (this.total <= this.#bound.max) return;
    const most = [...this.#amounts].sort(([, a], [, b]) => b - a);
    for (const [key] of most) {
      if (this.#total <= FREED * this.#bound.max) return;
      this.forget(key);
      this.#bound.cut(key);
    }
  }
}
