/** Changes that a stream which begins may have missed. */
const RECENT_MAX = 1_000;

/** The newest changes of access, by the names of their channels. Each change has a number. */
export class RecentChanges {
  readonly #channels: string[] = [];
  #last = 0;

  /** The number of the last change; 0 before the first one. */
  get last(): number {
    return this.#last;
  }

  add(channel: string): void {
    this.#last++;
    this.#channels.push(channel);
    if (this.#channels.length > RECENT_MAX) this.#channels.shift();
  }

  /** The channels that changed after change `seen`. */
  since(seen: number): ReadonlySet<string> {
    return new Set(seen === this.#last ? [] : this.#channels.slice(seen - this.#last));
  }

  /** True when a channel changed after change `seen`. */
  has(channel: string, seen: number): boolean {
    return seen !== this.#last && this.since(seen).has(channel);
  }
}
