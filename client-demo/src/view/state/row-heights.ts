/** A row of a list, and its height until it is measured, in pixels. */
interface Row {
  key: string;
  guess: number;
}

/**
 * The heights of a list's rows and where each begins, in pixels from the list's top. Measured heights
 * are kept by key, so they hold when rows come and go.
 */
export class RowHeights {
  readonly #measured = new Map<string, number>();
  #rows: readonly Row[] = [];
  #indexes = new Map<string, number>();
  /** The start of each row, and at the end the height of all. Undefined after a change. */
  #starts: Float64Array | undefined;

  /** The rows of the list from now on, first to last. */
  set(rows: readonly Row[]): void {
    this.#rows = rows;
    this.#indexes = new Map(rows.map(({ key }, index) => [key, index]));
    this.#starts = undefined;
  }

  /** A row has this height; false if that is known. */
  measure(key: string, height: number): boolean {
    if (this.#measured.get(key) === height) return false;
    this.#measured.set(key, height);
    this.#starts = undefined;
    return true;
  }

  get total(): number {
    return this.startOf(this.#rows.length);
  }

  indexOf(key: string): number | undefined {
    return this.#indexes.get(key);
  }

  startOf(index: number): number {
    return this.#layout()[index] ?? 0;
  }

  /** The last row that begins at this height or above it. */
  indexAt(px: number): number {
    const starts = this.#layout();
    let low = 0;
    let high = Math.max(0, this.#rows.length - 1);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= px) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #layout(): Float64Array {
    if (this.#starts) return this.#starts;
    const starts = new Float64Array(this.#rows.length + 1);
    let top = 0;
    for (const [index, { key, guess }] of this.#rows.entries()) {
      starts[index] = top;
      top += this.#measured.get(key) ?? guess;
    }
    starts[this.#rows.length] = top;
    this.#starts = starts;
    return starts;
  }
}
