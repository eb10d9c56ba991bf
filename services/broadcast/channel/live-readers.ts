import type { Framing } from '../framing/framing.ts';

/** A receiver of a channel's bytes: a connection, or the canary inside this process. */
export interface Listener {
  readonly framing: Framing;
  write(bytes: Buffer): boolean;
}

/**
 * A channel's live readers, grouped by framing, so that events are framed once for each framing.
 */
export class LiveReaders {
  readonly #byFraming = new Map<Framing, Set<Listener>>();

  get size(): number {
    let size = 0;
    for (const listeners of this.#byFraming.values()) size += listeners.size;
    return size;
  }

  add(listener: Listener): void {
    const { framing } = listener;
    const alike = this.#byFraming.get(framing);
    if (alike) alike.add(listener);
    else this.#byFraming.set(framing, new Set([listener]));
  }

  delete(listener: Listener): void {
    this.#byFraming.get(listener.framing)?.delete(listener);
  }

  clear(): void {
    this.#byFraming.clear();
  }

  /** Writes to all readers; encodes once for each framing. */
  write(encode: (framing: Framing) => Buffer): void {
    for (const [framing, listeners] of this.#byFraming) {
      if (listeners.size === 0) continue;
      const bytes = encode(framing);
      for (const listener of listeners) listener.write(bytes);
    }
  }
}
