import type { DatabaseSync } from 'node:sqlite';

/** Does all of something or nothing of it, and nobody else writes meanwhile. @throws what the work throws */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
