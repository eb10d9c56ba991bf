import type { Connection } from './connection.ts';

/** What matters of a connection here. */
type Reader = Pick<Connection, 'drained' | 'cut'>;

/** Readers that may each have a chunk of past events unsent: 64 MB of chunks. */
const HOLDING_MAX = 1_024;
/** How long a reader may leave its chunk while others wait for room. */
const HOLD_LIMIT_MS = 2_000;
const LOOK_EVERY_MS = 250;

/**
 * Room for past events that readers have not taken yet, over all streams. Where there is none a
 * reader waits before it gets its next chunk, and those that have left theirs for 2 s are cut.
 */
export class CatchUpRoom {
  readonly #max: number;
  /** Since when each has left its chunk, the longest first. */
  readonly #holding = new Map<Reader, number>();
  readonly #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(max = HOLDING_MAX) {
    this.#max = max;
  }

  get isFull(): boolean {
    return this.#holding.size >= this.#max;
  }

  /** Readers that have not taken their chunk. */
  get holding(): number {
    return this.#holding.size;
  }

  /** Resolves when there may be room. */
  free(): Promise<void> {
    this.#timer ??= setTimeout(() => this.#cutLongest(), LOOK_EVERY_MS).unref();
    return new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Counts a reader that has not taken its chunk until it has, or is gone. */
  async hold(connection: Reader): Promise<void> {
    this.#holding.set(connection, performance.now());
    await connection.drained();
    this.#holding.delete(connection);
    this.passOn();
  }

  /** Lets the next one that waits try; to be called too by each that needs no more room. */
  passOn(): void {
    if (!this.isFull) this.#waiting.shift()?.();
  }

  #cutLongest(): void {
    this.#timer = undefined;
    let wanted = this.#waiting.length;
    if (wanted === 0) return;
    const before = performance.now() - HOLD_LIMIT_MS;
    for (const [connection, since] of this.#holding) {
      if (wanted-- === 0 || since > before) break;
      connection.cut('slow');
    }
    this.#timer = setTimeout(() => this.#cutLongest(), LOOK_EVERY_MS).unref();
  }
}
