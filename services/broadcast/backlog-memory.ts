/** Frames of events kept in memory, over all channels; with what surrounds each, about half as much again. */
const BACKLOGS_MAX_BYTES = 64 * 1_048_576;
/** How much of the bound is left to backlogs that are shortened, so that it is not reached again at once. */
const SHARE = 0.9;

/** Counts the bytes of all backlogs, and asks for room at the end of a turn in which they are too many. */
export class BacklogMemory {
  readonly #maxBytes: number;
  readonly #makeRoom: () => void;
  #bytes = 0;
  #asked = false;

  constructor(makeRoom: () => void, maxBytes = BACKLOGS_MAX_BYTES) {
    this.#makeRoom = makeRoom;
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
      if (this.isFull) this.#makeRoom();
    });
  }

  /** What each of so many backlogs may keep when there is too little room. */
  shareOf(backlogs: number): number {
    return (SHARE * this.#maxBytes) / backlogs;
  }
}
