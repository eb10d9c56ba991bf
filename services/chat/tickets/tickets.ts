import { createHash, randomBytes } from 'node:crypto';
import { type Claims, parseClaims, sessionOf } from '@parley/contract/accounts/claims.ts';
import { isTicket } from '@parley/contract/accounts/ticket.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { EndedSessions } from '@parley/kit/tokens/ended-sessions.ts';
import type { SigningKey } from '@parley/kit/tokens/signing-key.ts';
import type { TicketStore } from '../store/tickets.ts';

const TICKET_BYTES = 32;
/** Long enough to open a stream. */
const LIFE_MS = 30_000;
/** How often expired tickets are removed. */
const SWEEP_MS = 60_000;
/** Tickets that one process gives out between two removals; each is a row until then. */
const ISSUED_MAX = 100_000;

interface TicketsParts {
  store: TicketStore;
  /** Signs the tokens for which tickets are exchanged. */
  key: SigningKey;
  ended: EndedSessions;
  clock: () => number;
  log: Log;
  issuedMax?: number;
}

/** A ticket as the client gets it. The time is in milliseconds since 1970 (UTC). */
export interface Issued {
  ticket: string;
  expiresAt: number;
}

/**
 * Tickets are secrets that replace a token where a client can send only an address. Logs may show a
 * ticket afterwards, because it is valid for one use within half a minute.
 */
export class Tickets {
  readonly #parts: TicketsParts;
  #sweptAt = 0;
  #issued = 0;

  constructor(parts: TicketsParts) {
    this.#parts = parts;
  }

  /**
   * Makes a ticket for a token with these claims.
   * @throws ChatError `overloaded` beyond 100,000 tickets a minute
   */
  async issue(claims: Claims): Promise<Issued> {
    const { store, clock, issuedMax = ISSUED_MAX } = this.#parts;
    this.#sweep();
    if (this.#issued >= issuedMax) {
      throw new ChatError('overloaded', 'Too many tickets were asked for; try again in a minute.');
    }
    this.#issued++;
    const ticket = randomBytes(TICKET_BYTES).toString('base64url');
    const expiresAt = Math.min(clock() + LIFE_MS, Math.floor(claims.exp * 1000));
    await store.add({ hash: hashOf(ticket), claims: JSON.stringify(claims), expiresAt });
    return { ticket, expiresAt };
  }

  /**
   * Exchanges a ticket for a token with the claims that it was issued for.
   * @throws ChatError `invalid-ticket`
   */
  async redeem(ticket: unknown): Promise<string> {
    const { store, key, ended, clock } = this.#parts;
    const row = isTicket(ticket) ? await store.take(hashOf(ticket)) : undefined;
    if (!row || row.expiresAt <= clock()) throw refusal();
    const claims = parseClaims(JSON.parse(row.claims));
    if (ended.has(sessionOf(claims))) throw refusal();
    return key.signUntil(claims);
  }

  #sweep(): void {
    const { store, clock, log } = this.#parts;
    const now = clock();
    if (now < this.#sweptAt + SWEEP_MS) return;
    this.#sweptAt = now;
    this.#issued = 0;
    store.removeExpired(now).catch((error: unknown) => {
      log.warn({ err: error }, 'expired tickets could not be removed; it is tried again');
    });
  }
}

function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url');
}

function refusal(): ChatError {
  return new ChatError('invalid-ticket', 'The ticket was used or has expired; get a new one.');
}
