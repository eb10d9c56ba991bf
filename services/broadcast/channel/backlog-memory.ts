/**
 * Limit for all backlogs together, in bytes of frames. The objects around the frames take about
 * half as much again.
 */
const BACKLOGS_MAX_BYTES = 64 * 1_048_576;
/** Share of the limit that shortened backlogs may keep, so that it is not reached again at once. */
const SHARE = 0.9;

/**
 * Counts the bytes of all backlogs. When they exceed the limit, calls `makeSpace` once at the end of
 * the turn.
 */
export class BacklogMemory {
  readonly #maxBytes: number;
  readonly #makeSpace: () => void;
  #bytes = 0;
  #asked = false;

  constructor(makeSpace: () => void, maxBytes = BACKLOGS_MAX_BYTES) {
    this.#makeSpace = makeSpace;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (!this.isFull || this.#asked) return;
    this.#asked = true;
    queueMicrotask(() => {
      this.#asked = false;
      if (this.isFull) this.#makeSpace();
    });
  }

  /** Bytes that each of `backlogs` backlogs may keep when the limit is exceeded. */
  shareOf(backlogs: number): number {
    return (SHARE * this.#maxBytes) / backlogs;
  }
}
