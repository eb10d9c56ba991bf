/** What is kept of a ticket. The times are in milliseconds since 1970 (UTC). */
export interface TicketRow {
  /** SHA-256 of the ticket, which itself is kept nowhere. */
  hash: string;
  /** The claims of the token that it stands for, as JSON. */
  claims: string;
  expiresAt: number;
}

/** Tickets that have not been used. */
export interface TicketStore {
  /** Keeps a ticket; it is durable when this resolves. */
  add(ticket: TicketRow): Promise<void>;
  /** Takes a ticket out: of all who ask for it, at any number of replicas, one gets it. */
  take(hash: string): Promise<TicketRow | undefined>;
  /** Removes those that have expired by then; resolves with how many went. */
  removeExpired(now: number): Promise<number>;
}
