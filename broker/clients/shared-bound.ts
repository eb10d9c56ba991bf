/**
 * The part of the bound that may be used after a cut, so that the next addition needs no new
 * search.
 */
const FREED = 3 / 4;

interface Bound<K> {
  /** The most that may be kept for all together. */
  max: number;
  /** Measures how much is kept for one. */
  measure: (key: K) => number;
  /** Cuts one; called for those with the most. */
  cut: (key: K) => void;
}

/**
 * Bounds what is kept for all clients together. Above the bound, the clients with the most are cut.
 * Amounts may shrink without notice, so all are measured again before a client is cut.
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

  /** Measures again what is kept for one, after the amount may have grown. */
  note(key: K): void {
    this.#measure(key);
    if (this.#total > this.#bound.max) this.#free();
  }

  /** Removes one from the count. */
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
