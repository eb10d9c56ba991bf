import type { DatabaseSync } from 'node:sqlite';

/**
 * Runs work in a transaction: either all of it is committed, or nothing. No other connection writes
 * meanwhile. @throws the work's error
 */
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
