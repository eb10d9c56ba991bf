import { ChatError } from '@parley/contract/problem.ts';

/** Does expensive work in order, a limited number at once, and refuses work when too much waits. */
export class WorkQueue {
  readonly #atOnce: number;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor({ atOnce, waitingMax }: { atOnce: number; waitingMax: number }) {
    this.#atOnce = atOnce;
    this.#waitingMax = waitingMax;
  }

  /** Resolves as the work does. @throws ChatError `overloaded` when too much waits already */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The next waiting work takes over the place; otherwise the place is free.
      if (next) next();
      else this.#busy--;
    }
  }

  #turn(): Promise<void> | undefined {
    if (this.#busy < this.#atOnce) {
      this.#busy++;
      return undefined;
    }
    if (this.#waiting.length >= this.#waitingMax) {
      throw new ChatError('overloaded', 'Too many people sign in at the moment; try again.');
    }
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}
