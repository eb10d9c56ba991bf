import type { Connection } from './connection.ts';

/** The part of a connection that is used here. */
type Reader = Pick<Connection, 'drained' | 'cut'>;

/** Readers that may have an unsent chunk of past events: 64 MB of chunks. */
const HOLDING_MAX = 1_024;
/** How long a reader's chunk may stay unsent while others wait for space. */
const HOLD_LIMIT_MS = 2_000;
const LOOK_EVERY_MS = 250;

/**
 * Limits the unsent past events over all streams. When there is no space, a reader waits for its
 * next chunk, and readers whose chunk is unsent for 2 s are cut.
 */
export class CatchUpSpace {
  readonly #max: number;
  /** Since when each reader's chunk is unsent, the oldest first. */
  readonly #holding = new Map<Reader, number>();
  readonly #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(max = HOLDING_MAX) {
    this.#max = max;
  }

  get isFull(): boolean {
    return this.#holding.size >= this.#max;
  }

  /** The number of readers with an unsent chunk. */
  get holding(): number {
    return this.#holding.size;
  }

  /** Resolves when there may be space. */
  free(): Promise<void> {
    this.#timer ??= setTimeout(() => this.#cutLongest(), LOOK_EVERY_MS).unref();
    return new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Counts a reader until its chunk is sent or the reader is gone. */
  async hold(connection: Reader): Promise<void> {
    this.#holding.set(connection, performance.now());
    await connection.drained();
    this.#holding.delete(connection);
    this.passOn();
  }

  /** Lets the next waiting reader try. A reader that needs no more space must call it, too. */
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
