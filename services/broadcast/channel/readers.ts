import type { Framing } from '../framing/framing.ts';

/** What reads a channel: a connection, or the canary inside this process. */
export interface Reader {
  readonly framing: Framing;
  write(bytes: Buffer): boolean;
  /** Writes bytes that may be lost; false when the reader is behind and does not get them. */
  offer(bytes: Buffer): boolean;
}

/**
 * A channel's live readers by framing, so that events are framed once for each framing.
 */
export class Readers {
  readonly #byFraming = new Map<Framing, Set<Reader>>();

  get size(): number {
    let size = 0;
    for (const readers of this.#byFraming.values()) size += readers.size;
    return size;
  }

  add(reader: Reader): void {
    const { framing } = reader;
    const alike = this.#byFraming.get(framing);
    if (alike) alike.add(reader);
    else this.#byFraming.set(framing, new Set([reader]));
  }

  delete(reader: Reader): void {
    this.#byFraming.get(reader.framing)?.delete(reader);
  }

  clear(): void {
    this.#byFraming.clear();
  }

  /** Offers bytes to all readers. Returns the number of readers that get them. */
  offer(encode: (framing: Framing) => Buffer): number {
    let got = 0;
    for (const [framing, readers] of this.#byFraming) {
      if (readers.size === 0) continue;
      const bytes = encode(framing);
      for (const reader of readers) got += Number(reader.offer(bytes));
    }
    return got;
  }

  /** Writes to all readers; encodes once for each framing. */
  write(encode: (framing: Framing) => Buffer): void {
    for (const [framing, readers] of this.#byFraming) {
      if (readers.size === 0) continue;
      const bytes = encode(framing);
      for (const reader of readers) reader.write(bytes);
    }
  }
}
