import { ChatError } from '@parley/contract/problem.ts';
import { OpenCounts } from './open-counts.ts';

/** Most work of one client that is under way or waits, so that no client fills the queue. */
const CLIENT_MAX = 8;

/** Does expensive work in order, a limited number at once, and refuses work when too much waits. */
export class WorkQueue {
  readonly #atOnce: number;
  readonly #waitingMax: number;
  readonly #refusal: string;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  readonly #ofClients = new OpenCounts(CLIENT_MAX);

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

  /**
   * Resolves as the work does. `client` is the key of the client that asks for it.
   * @throws ChatError `overloaded` when too much waits already, of all clients or of this one
   */
  async run<T>(work: () => Promise<T>, client?: string): Promise<T> {
    if (client === undefined) return await this.#runInTurn(work);
    if (this.#ofClients.isFull(client)) throw new ChatError('overloaded', this.#refusal);
    const leave = this.#ofClients.enter(client);
    try {
      return await this.#runInTurn(work);
    } finally {
      leave();
    }
  }

  async #runInTurn<T>(work: () => Promise<T>): Promise<T> {
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
