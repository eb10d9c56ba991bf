import type { TextStorage } from '../browser-storage.ts';

const STORAGE_KEY = 'parley.read';
/** Positions in more channels than this are forgotten, the oldest first. */
const MOST_CHANNELS = 500;

/** The last event of a log that the reader has seen. */
export interface ReadPosition {
  epoch: string;
  seq: number;
}

/** Up to where the reader has read each channel in this browser. */
export class ReadPositions {
  readonly #storage: TextStorage;

  constructor(storage: TextStorage) {
    this.#storage = storage;
  }

  of(channel: string): ReadPosition | undefined {
    return this.#read().get(channel);
  }

  /** Positions never go back within a log; another tab may be ahead. */
  set(channel: string, position: ReadPosition): void {
    const positions = this.#read();
    const known = positions.get(channel);
    if (known?.epoch === position.epoch && known.seq >= position.seq) return;
    positions.delete(channel);
    positions.set(channel, position);
    const kept = [...positions].slice(-MOST_CHANNELS);
    this.#storage.setItem(STORAGE_KEY, JSON.stringify(kept));
  }

  /** The next visitor does not see what the account before has read. */
  forget(): void {
    this.#storage.setItem(STORAGE_KEY, '[]');
  }

  #read(): Map<string, ReadPosition> {
    try {
      return new Map(JSON.parse(this.#storage.getItem(STORAGE_KEY) ?? '[]'));
    } catch {
      return new Map();
    }
  }
}
