/** How many of something each key has open, of which none may have more than so many. */
export class OpenCounts {
  readonly #max: number;
  readonly #open = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  isFull(key: string): boolean {
    return (this.#open.get(key) ?? 0) >= this.#max;
  }

  /** Counts one more; the answer counts it off again, however often it is called. */
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

/** Counts where there is a limit; 0 means none. */
export function openCounts(max: number): OpenCounts | undefined {
  return max > 0 ? new OpenCounts(max) : undefined;
}
