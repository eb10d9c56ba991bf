import { ChatError } from '@parley/contract/problem.ts';

/** Most bytes of batches over all clients, from their arrival to their answer. */
const SPACE_BYTES = 64 * 1_048_576;

/** The bytes that one batch holds. Disposing of it gives them back. */
export interface HeldBatch extends Disposable {
  add(bytes: number): void;
  /** Aborts when the batch is refused; its reason is the ChatError for the client. */
  signal: AbortSignal;
  /** The body is complete. From now on it cannot be refused. */
  complete(): void;
}

interface Held {
  bytes: number;
  refusal: AbortController;
}

/**
 * Bounds the bytes of batches over all clients. Beyond the bound the bodies that began first and
 * are not complete are refused, because the body of a client that sends arrives within
 * milliseconds.
 */
export class BatchSpace {
  /** Batches whose bodies are not complete, the oldest first. */
  readonly #arriving = new Set<Held>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = SPACE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Opens the count of one batch. */
  open(): HeldBatch {
    const held: Held = { bytes: 0, refusal: new AbortController() };
    this.#arriving.add(held);
    return {
      signal: held.refusal.signal,
      add: (bytes) => this.#add(held, bytes),
      complete: () => void this.#arriving.delete(held),
      [Symbol.dispose]: () => this.#release(held),
    };
  }

  #add(held: Held, bytes: number): void {
    held.bytes += bytes;
    this.#bytes += bytes;
    for (const oldest of this.#arriving) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#release(oldest);
      oldest.refusal.abort(
        new ChatError('overloaded', 'Too many batches arrive; send this one again.'),
      );
    }
  }

  #release(held: Held): void {
    this.#bytes -= held.bytes;
    held.bytes = 0;
    this.#arriving.delete(held);
  }
}
