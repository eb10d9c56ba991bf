/** What is stored of a ticket. The times are in milliseconds since 1970 (UTC). */
export interface TicketRow {
  /** SHA-256 of the ticket. The ticket itself is not stored. */
  hash: string;
  /** The claims of the token that it stands for, as JSON. */
  claims: string;
  expiresAt: number;
}

/** Tickets that have not been used. */
export interface TicketStore {
  /** Stores a ticket, which is durable when this resolves. */
  add(ticket: TicketRow): Promise<void>;
  /** Takes a ticket out. When several callers ask for it, on any replica, only one gets it. */
  take(hash: string): Promise<TicketRow | undefined>;
  /** Removes the tickets that have expired by `now`. Resolves with their number. */
  removeExpired(now: number): Promise<number>;
}
