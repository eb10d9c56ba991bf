import type { TextStorage } from '../browser-storage.ts';

const STORAGE_KEY = 'parley.read';
/** Marks of more channels than this are forgotten, the oldest first. */
const MOST_CHANNELS = 500;

/** The last event of a log that the reader has seen. */
export interface ReadMark {
  epoch: string;
  seq: number;
}

/** Up to where the reader has read each channel in this browser. */
export class ReadMarks {
  readonly #storage: TextStorage;

  constructor(storage: TextStorage) {
    this.#storage = storage;
  }

  of(channel: string): ReadMark | undefined {
    return this.#read().get(channel);
  }

  /** Marks never go back within a log; another tab may be ahead. */
  set(channel: string, mark: ReadMark): void {
    const marks = this.#read();
    const known = marks.get(channel);
    if (known?.epoch === mark.epoch && known.seq >= mark.seq) return;
    marks.delete(channel);
    marks.set(channel, mark);
    const kept = [...marks].slice(-MOST_CHANNELS);
    this.#storage.setItem(STORAGE_KEY, JSON.stringify(kept));
  }

  /** The next visitor does not see what the account before has read. */
  forget(): void {
    this.#storage.setItem(STORAGE_KEY, '[]');
  }

  #read(): Map<string, ReadMark> {
    try {
      return new Map(JSON.parse(this.#storage.getItem(STORAGE_KEY) ?? '[]'));
    } catch {
      return new Map();
    }
  }
}
