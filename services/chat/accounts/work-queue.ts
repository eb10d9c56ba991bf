import { ChatError } from '@parley/contract/problem.ts';

/** Does expensive work a little at a time, in the order in which it came, and refuses what would wait for too long. */
export class WorkQueue {
  readonly #atOnce: number;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor({ atOnce, waitingMax }: { atOnce: number; waitingMax: number }) {
    this.#atOnce = atOnce;
    this.#waitingMax = waitingMax;
  }

  /** Resolves as the work does. @throws ChatError `overloaded` where too much waits already */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // Whoever waited takes the place over; otherwise it is free.
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
      throw new ChatError('overloaded', 'Too many sign in just now; try again.');
    }
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}
