import type { Kysely } from 'kysely';
import type { TicketStore } from '../../people/tickets.ts';
import type { Tables } from '../tables.ts';

/** Opens the tickets in an SQL database. */
export function openTickets(database: Kysely<Tables>): TicketStore {
  return {
    async add({ hash, claims, expiresAt }) {
      await database.insertInto('ticket').values({ hash, claims, expires_at: expiresAt }).execute();
    },
    /**
     * MySQL cannot return what it deletes. The caller whose delete removes the row gets the ticket.
     */
    async take(hash) {
      const ticket = await database
        .selectFrom('ticket')
        .select(['hash', 'claims', 'expires_at as expiresAt'])
        .where('hash', '=', hash)
        .executeTakeFirst();
      if (!ticket) return undefined;
      const removed = database.deleteFrom('ticket').where('hash', '=', hash);
      const { numDeletedRows } = await removed.executeTakeFirst();
      return numDeletedRows === 1n ? ticket : undefined;
    },
    async removeExpired(now) {
      const removed = database.deleteFrom('ticket').where('expires_at', '<=', now);
      const { numDeletedRows } = await removed.executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}
