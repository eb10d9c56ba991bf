/** Counts what each key has open; a key is full at `max`. */
export class OpenCounts {
  readonly #max: number;
  readonly #open = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** True when `more` would be above the limit. */
  isFull(key: string, more = 1): boolean {
    return (this.#open.get(key) ?? 0) + more > this.#max;
  }

  /** Counts one. The function returned counts it off again, once even when called several times. */
  enter(key: string): () => void {
    this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
    let open = true;
    return () => {
      if (open) this.#leave(key);
      open = false;
    };
  }

  #leave(key: string): void {
    const left = (this.#open.get(key) ?? 0) - 1;
    if (left > 0) this.#open.set(key, left);
    else this.#open.delete(key);
  }
}

/** Opens the counts; undefined for 0, no limit. */
export function openCounts(max: number): OpenCounts | undefined {
  return max > 0 ? new OpenCounts(max) : undefined;
}
