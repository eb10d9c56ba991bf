import type { DatabaseSync } from 'node:sqlite';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import type { TicketRow, TicketStore } from '../../people/tickets.ts';

/** The tickets, for the one thread that writes. */
export function openTicketCalls(database: DatabaseSync) {
  const add = database.prepare('INSERT INTO ticket (hash, claims, expires_at) VALUES (?, ?, ?)');
  const take = database.prepare(
    'DELETE FROM ticket WHERE hash = ? RETURNING hash, claims, expires_at AS expiresAt',
  );
  const removeExpired = database.prepare('DELETE FROM ticket WHERE expires_at <= ?');
  return {
    addTicket({ hash, claims, expiresAt }: TicketRow): void {
      add.run(hash, claims, expiresAt);
    },
    takeTicket: (hash: string) => take.get(hash) as TicketRow | undefined,
    removeExpiredTickets: (now: number) => Number(removeExpired.run(now).changes),
  };
}

/** The tickets, for callers outside that thread. */
export function sqliteTickets(writer: ThreadCalls): TicketStore {
  return {
    add: (ticket) => writer.call<void>('addTicket', ticket),
    take: (hash) => writer.call<TicketRow | undefined>('takeTicket', hash),
    removeExpired: (now) => writer.call<number>('removeExpiredTickets', now),
  };
}
