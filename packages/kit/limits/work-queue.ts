import { ChatError } from '@parley/contract/problem.ts';

/** Does expensive work in order, a limited number at once, and refuses work when too much waits. */
export class WorkQueue {
  readonly #atOnce: number;
  readonly #waitingMax: number;
  readonly #refusal: string;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  /** `refusal` is for the client whose work is refused. */
  constructor({
    atOnce,
    waitingMax,
    refusal,
  }: {
    atOnce: number;
    waitingMax: number;
    refusal: string;
  }) {
    this.#refusal = refusal;
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
      throw new ChatError('overloaded', this.#refusal);
    }
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}
