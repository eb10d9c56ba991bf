/** A value and its place among the others. */
export interface Entry<T> {
  readonly value: T;
  before: Entry<T> | undefined;
  after: Entry<T> | undefined;
  removed: boolean;
}

/**
 * Values in the order in which they came; each can be removed at any time, and the one that is being
 * read, too. For values that come and go with every request: a Map or Set would move them to V8's old
 * generation (docs/decisions/operations/0078-old-generation.md).
 */
export class OldestFirst<T> {
  #first: Entry<T> | undefined;
  #last: Entry<T> | undefined;

  add(value: T): Entry<T> {
    const entry: Entry<T> = { value, before: this.#last, after: undefined, removed: false };
    if (this.#last) this.#last.after = entry;
    else this.#first = entry;
    this.#last = entry;
    return entry;
  }

  /** True the first time. */
  remove(entry: Entry<T>): boolean {
    if (entry.removed) return false;
    const { before, after } = entry;
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
    // An entry in the old generation must keep no younger one alive.
    entry.before = undefined;
    entry.after = undefined;
    entry.removed = true;
    return true;
  }

  *[Symbol.iterator](): Generator<Entry<T>> {
    for (let entry = this.#first; entry; ) {
      const { after } = entry;
      yield entry;
      entry = after;
    }
  }
}
