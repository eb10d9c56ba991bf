import type { Connection } from './connection.ts';

/** Limit for unsent bytes. Bytes that readers of one channel share count once. */
const UNSENT_MAX_BYTES = 64 * 1_048_576;
const LOOK_EVERY_MS = 1_000;

/**
 * The part of a connection that is used here. Readers of the same channels and framing share their
 * bytes.
 */
export type Behind = Pick<Connection, 'channels' | 'framing' | 'unsentBytes' | 'cut'>;

/**
 * Limits the unsent bytes of slow readers over all channels. When the sum is more than 64 MB, the
 * unsent bytes allowed for one reader are halved until the sum fits. A reader that has more is cut,
 * and resumes with nothing lost.
 */
export class SlowReaders implements Disposable {
  readonly #readers: Iterable<Behind>;
  readonly #timer: NodeJS.Timeout;
  readonly #maxBytes: number;
  #unsent = 0;

  /** Checks the current members of `readers`, which the caller updates. */
  constructor(readers: Iterable<Behind>, maxBytes = UNSENT_MAX_BYTES) {
    this.#readers = readers;
    this.#maxBytes = maxBytes;
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  /** Unsent bytes at the last check. */
  get unsent(): number {
    return this.#unsent;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Counts the unsent bytes, and cuts the readers with the most when the sum exceeds the limit. */
  look(): void {
    const longest = this.#longest();
    let limit = longest.reduce((most, each) => Math.max(most, each), 0);
    while (sum(longest, limit) > this.#maxBytes) limit /= 2;
    this.#unsent = sum(longest, limit);
    for (const reader of this.#readers) if (reader.unsentBytes > limit) reader.cut('slow');
  }

  /** The unsent bytes of the reader that is furthest behind, for each set of channels and framing. */
  #longest(): number[] {
    const byFraming = new Map<Behind['framing'], Map<string, number>>();
    for (const { channels, framing, unsentBytes } of this.#readers) {
      if (unsentBytes === 0) continue;
      const byChannels = byFraming.get(framing) ?? new Map<string, number>();
      byFraming.set(framing, byChannels);
      byChannels.set(channels, Math.max(unsentBytes, byChannels.get(channels) ?? 0));
    }
    return [...byFraming.values()].flatMap((byChannels) => [...byChannels.values()]);
  }
}

function sum(bytes: number[], limit: number): number {
  return bytes.reduce((total, each) => total + Math.min(each, limit), 0);
}
