import { type Kysely, type RawBuilder, sql } from 'kysely';
import { encodeSessions, type InboxStore, LEASE_MS, parseSessions } from '../inbox-store.ts';
import type { SqlDialect } from './dialect.ts';
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

/** Opens a lease: takes it for LEASE_MS, or renews it. Resolves with true when the holder has it. */
export function openHold(
  database: Kysely<Tables>,
  nowMs: RawBuilder<number>,
  name: 'inbox' | 'search',
): (holder: string) => Promise<boolean> {
  return async (holder) => {
    const { numUpdatedRows } = await database
      .updateTable('lease')
      .where('name', '=', name)
      .set({ holder, expires: sql`${nowMs} + ${LEASE_MS}` })
      .where(({ or, eb }) => or([eb('holder', '=', holder), eb('expires', '<', nowMs)]))
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  };
}
