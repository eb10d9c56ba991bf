/** Counts the connections of each address; 0 sets no bound. */
export class AddressLimit {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Counts one more, or says that it may not be. */
  enter(address: string): boolean {
    const count = this.#counts.get(address) ?? 0;
    if (this.#max > 0 && count >= this.#max) return false;
    this.#counts.set(address, count + 1);
    return true;
  }

  leave(address: string): void {
    const count = this.#counts.get(address) ?? 0;
    if (count > 1) this.#counts.set(address, count - 1);
    else this.#counts.delete(address);
  }
}
