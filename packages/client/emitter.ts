type Listener = (value: never) => void;

/** Listeners by name. An error of a listener is reported, and stops no other listener. */
export class Emitter {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Adds a listener; the returned function removes it. */
  on<T>(name: string, listener: (value: T) => void): () => void {
    const known = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, known.add(listener as Listener));
    return () => void known.delete(listener as Listener);
  }

  /** Returns the number of listeners. */
  emit<T>(name: string, value: T): number {
    const listeners = [...(this.#listeners.get(name) ?? [])];
    for (const listener of listeners) {
      try {
        (listener as (value: T) => void)(value);
      } catch (error) {
        report(error);
      }
    }
    return listeners.length;
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** As browsers report the error of an event listener (WHATWG HTML, section 8.1.4.3). */
function report(error: unknown): void {
  const { reportError = console.error } = globalThis as { reportError?: (error: unknown) => void };
  reportError(error);
}
