import { DatabaseSync } from 'node:sqlite';
import { BUSY_LIMIT_MS, whenUnlocked } from './when-unlocked.ts';

const CACHE_KIB = 16_384;

/**
 * Opens the file. In WAL mode `synchronous=FULL` kept every acknowledged row through a simulated
 * loss of power; `NORMAL` lost some (docs/design.md). `secure_delete`
 * overwrites deleted data in the file.
 */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_LIMIT_MS });
  whenUnlocked(() =>
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -${CACHE_KIB};
     PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON`,
    ),
  );
  return database;
}
