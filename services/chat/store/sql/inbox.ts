import type { Kysely } from 'kysely';
import { encodeSessions, type InboxStore, parseSessions } from '../inbox-store.ts';
import type { SqlDialect } from './dialect.ts';
import { openHold } from './lease.ts';
import type { Tables } from './tables.ts';

/** Opens the inbox's lease and keys in an SQL database. */
export function openInbox(database: Kysely<Tables>, { nowMs }: SqlDialect): InboxStore {
  const update = () => database.updateTable('lease').where('name', '=', 'inbox');
  return {
    hold: openHold(database, nowMs, 'inbox'),
    async release(holder) {
      await update().set({ expires: 0 }).where('holder', '=', holder).execute();
    },
    async sessions() {
      const row = await database
        .selectFrom('lease')
        .select('sessions')
        .where('name', '=', 'inbox')
        .executeTakeFirst();
      return parseSessions(row?.sessions ?? '');
    },
    async noteSessions(holder, sessions) {
      const { numUpdatedRows } = await update()
        .set({ sessions: encodeSessions(sessions) })
        .where('holder', '=', holder)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async hasKey(channel, keys) {
      const row = await database
        .selectFrom('event')
        .innerJoin('channel', 'channel.id', 'channel_id')
        .select('seq')
        .where('channel.name', '=', channel)
        .where('key', 'in', keys)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
