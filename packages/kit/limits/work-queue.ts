import { ChatError } from '@parley/contract/problem.ts';
import { OpenCounts } from './open-counts.ts';

/** Most work of one client that is under way or waits, so that no client fills the queue. */
const CLIENT_MAX = 8;

/** Work that waits for its turn. */
interface Waiting {
  client: string | undefined;
  start: () => void;
}

/**
 * Does expensive work in order, a limited number at once, and refuses work when too much waits. The
 * work of one client is done one after the other, so that it takes one place at most.
 */
export class WorkQueue {
  readonly #atOnce: number;
  readonly #waitingMax: number;
  readonly #refusal: string;
  readonly #waiting: Waiting[] = [];
  #busy = 0;
  readonly #busyClients = new Set<string>();
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
      return await this.#runInTurn(work, client);
    } finally {
      leave();
    }
  }

  async #runInTurn<T>(work: () => Promise<T>, client?: string): Promise<T> {
    await this.#turn(client);
    try {
      return await work();
    } finally {
      this.#busy--;
      if (client !== undefined) this.#busyClients.delete(client);
      this.#startNext();
    }
  }

  #turn(client: string | undefined): Promise<void> | undefined {
    if (this.#mayStart(client)) {
      this.#begin(client);
      return undefined;
    }
    if (this.#waiting.length >= this.#waitingMax) {
      throw new ChatError('overloaded', this.#refusal);
    }
    return new Promise((resolve) => void this.#waiting.push({ client, start: resolve }));
  }

  #startNext(): void {
    const at = this.#waiting.findIndex(({ client }) => this.#mayStart(client));
    const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (!next) return;
    this.#begin(next.client);
    next.start();
  }

  #mayStart(client: string | undefined): boolean {
    const isFree = client === undefined || !this.#busyClients.has(client);
    return isFree && this.#busy < this.#atOnce;
  }

  #begin(client: string | undefined): void {
    this.#busy++;
    if (client !== undefined) this.#busyClients.add(client);
  }
}
