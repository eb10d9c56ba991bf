import { ChatError } from '@parley/contract/problem.ts';

/** Slices of batches that are stored at once: one is in a transaction, one is next in the queue. */
const TURNS = 2;
/** Most lines of batches that wait. A further batch is refused: its client would give up waiting. */
const WAITING_MAX_LINES = 20_000;

/**
 * Lets batches take turns, one slice each, so that a long batch does not delay the others. Only the
 * lines of two slices are in the queue of the committer; so a single post waits for no more of them.
 */
export class BatchTurns {
  readonly #waiting: (() => void)[] = [];
  #free = TURNS;
  #lines = 0;
  #ended: (() => void)[] = [];

  /** Lines of batches that are not answered yet. */
  get lines(): number {
    return this.#lines;
  }

  /**
   * Counts the lines of a batch. Disposing of the result counts them off.
   * @throws ChatError `overloaded`
   */
  enter(lines: number): Disposable {
    if (this.#lines + lines > WAITING_MAX_LINES) {
      throw new ChatError('overloaded', 'Too many batches wait to be stored; send this one again.');
    }
    this.#lines += lines;
    return {
      [Symbol.dispose]: () => {
        this.#lines -= lines;
        if (this.#lines === 0) for (const resolve of this.#ended.splice(0)) resolve();
      },
    };
  }

  /** Resolves when every batch is answered, or its client has gone away and it is stored. */
  async idle(): Promise<void> {
    if (this.#lines > 0) await new Promise<void>((resolve) => this.#ended.push(resolve));
  }

  /** Runs the work for one slice when its turn comes. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
