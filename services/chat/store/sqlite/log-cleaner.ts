import type { DatabaseSync } from 'node:sqlite';
import { BUSY_LIMIT_MS } from '@parley/store/sqlite/when-unlocked.ts';

/**
 * Empties the write-ahead log after a text was deleted: until then the log still has the old pages
 * (sqlite.org, "Write-Ahead Logging", section 2.2). While another connection reads, this is not
 * possible: it does not wait for that reader, but tries again at the next call.
 */
export function openLogCleaner(database: DatabaseSync) {
  const setBusyLimit = (ms: number) => database.exec(`PRAGMA busy_timeout = ${ms}`);
  const truncate = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  let asked = false;

  return {
    /** Asks to empty the log after the current transaction. */
    ask(): void {
      asked = true;
    },

    /** Empties the log if that was asked for. Must be called outside a transaction. */
    clean(): void {
      if (!asked) return;
      setBusyLimit(0);
      try {
        asked = truncate.get()?.busy !== 0;
      } catch {
        // A failure here does not undo the commits.
      } finally {
        setBusyLimit(BUSY_LIMIT_MS);
      }
    },
  };
}
