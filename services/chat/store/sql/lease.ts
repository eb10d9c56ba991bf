import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type Hold, LEASE_MS, type LeaseName } from '../lease.ts';
import type { Tables } from './tables.ts';

/** Opens a lease in an SQL database. */
export function openHold(
  database: Kysely<Tables>,
  nowMs: RawBuilder<number>,
  name: LeaseName,
): Hold {
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
