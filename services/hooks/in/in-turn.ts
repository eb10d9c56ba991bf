/**
 * Does the work of each key in order, one after the other; different keys do not wait for each other.
 */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const done = before ? before.then(work, work) : work();
    this.#last.set(key, done);
    const leave = () => {
      if (this.#last.get(key) === done) this.#last.delete(key);
    };
    done.then(leave, leave);
    return done;
  }

  /** Resolves when the work that was asked for until now is done. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}
