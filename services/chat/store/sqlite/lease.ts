import type { DatabaseSync } from 'node:sqlite';
import { LEASE_MS, type LeaseName } from '../lease.ts';

const NOW = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

/** Opens a lease in an SQLite file, for the one thread that writes. */
export function openHold(database: DatabaseSync, name: LeaseName): (holder: string) => boolean {
  const take = database.prepare(
    `UPDATE lease SET holder = :holder, expires = ${NOW} + ${LEASE_MS}
     WHERE name = :name AND (holder = :holder OR expires < ${NOW})`,
  );
  return (holder) => take.run({ name, holder }).changes === 1;
}
