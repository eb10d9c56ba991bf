import type { Connection } from './connection.ts';

/** Bytes of events that live readers have not taken, each counted once for all readers of a channel. */
const UNSENT_MAX_BYTES = 64 * 1_048_576;
const LOOK_EVERY_MS = 1_000;

/** What matters of a reader here; readers with the same channel and framing share their bytes. */
export type Behind = Pick<Connection, 'channel' | 'framing' | 'unsentBytes' | 'cut'>;

/**
 * Bounds what readers cost that fall behind, over all channels: where it is more than 64 MB, every
 * reader may have less unsent than READER_BYTES, half as much again and again until it is enough.
 * A reader that has more is cut, and resumes with nothing lost.
 */
export class SlowReaders implements Disposable {
  readonly #readers: Iterable<Behind>;
  readonly #timer: NodeJS.Timeout;
  readonly #maxBytes: number;
  #unsent = 0;

  /** Watches a set that stays the caller's. */
  constructor(readers: Iterable<Behind>, maxBytes = UNSENT_MAX_BYTES) {
    this.#readers = readers;
    this.#maxBytes = maxBytes;
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  /** Bytes that were unsent at the last look. */
  get unsent(): number {
    return this.#unsent;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Counts what is unsent, and cuts the readers that have most where it is too much. */
  look(): void {
    const longest = this.#longest();
    let limit = longest.reduce((most, each) => Math.max(most, each), 0);
    while (sum(longest, limit) > this.#maxBytes) limit /= 2;
    this.#unsent = sum(longest, limit);
    for (const reader of this.#readers) if (reader.unsentBytes > limit) reader.cut('slow');
  }

  /** How much the reader has unsent that is furthest behind, of each channel and framing. */
  #longest(): number[] {
    const byFraming = new Map<Behind['framing'], Map<string, number>>();
    for (const { channel, framing, unsentBytes } of this.#readers) {
      if (unsentBytes === 0) continue;
      const channels = byFraming.get(framing) ?? new Map<string, number>();
      byFraming.set(framing, channels);
      channels.set(channel, Math.max(unsentBytes, channels.get(channel) ?? 0));
    }
    return [...byFraming.values()].flatMap((channels) => [...channels.values()]);
  }
}

function sum(bytes: number[], limit: number): number {
  return bytes.reduce((total, each) => total + Math.min(each, limit), 0);
}
