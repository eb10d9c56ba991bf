import { createHash } from 'node:crypto';
import { ChatError } from '@parley/contract/problem.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { TicketStore } from '../store/people/tickets.ts';

/** How often expired rows are removed. */
const SWEEP_MS = 60_000;

interface OneTimeRowsParts {
  store: TicketStore;
  clock: () => number;
  log: Log;
  /** Rows that one process adds between two removals. */
  addedMax: number;
  /** The sentence for a client beyond that. */
  refusal: string;
}

/**
 * Texts that are kept under a secret until a time. Each is taken once, on any replica. The store has
 * only a hash of the secret.
 */
export class OneTimeRows {
  readonly #parts: OneTimeRowsParts;
  #sweptAt = 0;
  #added = 0;

  constructor(parts: OneTimeRowsParts) {
    this.#parts = parts;
  }

  /** Keeps a text until `expiresAt`, in milliseconds since 1970 (UTC). @throws ChatError `overloaded` */
  async add(secret: string, text: string, expiresAt: number): Promise<void> {
    const { store, addedMax, refusal } = this.#parts;
    this.#sweep();
    if (this.#added >= addedMax) throw new ChatError('overloaded', refusal);
    this.#added++;
    await store.add({ hash: hashOf(secret), claims: text, expiresAt });
  }

  /** Takes the text out. Undefined when it was taken, has expired or was never kept. */
  async take(secret: string): Promise<string | undefined> {
    const { store, clock } = this.#parts;
    const row = await store.take(hashOf(secret));
    return row && row.expiresAt > clock() ? row.claims : undefined;
  }

  #sweep(): void {
    const { store, clock, log } = this.#parts;
    const now = clock();
    if (now < this.#sweptAt + SWEEP_MS) return;
    this.#sweptAt = now;
    this.#added = 0;
    store.removeExpired(now).catch((error: unknown) => {
      log.warn({ err: error }, 'expired tickets could not be removed; it is tried again');
    });
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
