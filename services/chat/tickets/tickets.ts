import { type Claims, parseClaims, sessionOf } from '@parley/contract/accounts/claims.ts';
import { isTicket } from '@parley/contract/accounts/ticket.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { EndedSessions } from '@parley/kit/tokens/ended-sessions.ts';
import type { SigningKey } from '@parley/kit/tokens/signing-key.ts';
import type { TicketStore } from '../store/people/tickets.ts';
import { OneTimeRows } from './one-time-rows.ts';
import { newSecret } from './secret.ts';

/** Long enough to open a stream. */
const LIFE_MS = 30_000;
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
  readonly #rows: OneTimeRows;

  constructor(parts: TicketsParts) {
    this.#parts = parts;
    this.#rows = new OneTimeRows({
      ...parts,
      addedMax: parts.issuedMax ?? ISSUED_MAX,
      refusal: 'Too many tickets were asked for; try again in a minute.',
    });
  }

  /**
   * Makes a ticket for a token with these claims.
   * @throws ChatError `overloaded` beyond 100,000 tickets a minute
   */
  async issue(claims: Claims): Promise<Issued> {
    const ticket = newSecret();
    const expiresAt = Math.min(this.#parts.clock() + LIFE_MS, Math.floor(claims.exp * 1000));
    await this.#rows.add(ticket, JSON.stringify(claims), expiresAt);
    return { ticket, expiresAt };
  }

  /**
   * Exchanges a ticket for a token with the claims that it was issued for.
   * @throws ChatError `invalid-ticket`
   */
  async redeem(ticket: unknown): Promise<string> {
    const { key, ended } = this.#parts;
    const text = isTicket(ticket) ? await this.#rows.take(ticket) : undefined;
    if (text === undefined) throw refusal();
    const claims = parseClaims(JSON.parse(text));
    if (ended.has(sessionOf(claims))) throw refusal();
    return key.signUntil(claims);
  }
}

function refusal(): ChatError {
  return new ChatError('invalid-ticket', 'The ticket was used or has expired; get a new one.');
}
