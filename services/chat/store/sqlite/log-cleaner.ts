import type { DatabaseSync } from 'node:sqlite';
import { BUSY_LIMIT_MS } from '@parley/store/sqlite/when-unlocked.ts';

/**
 * Empties the write-ahead log after a text was deleted: until then it still holds the pages as they
 * were (sqlite.org, "Write-Ahead Logging", section 2.2). Where somebody reads just now that is not
 * waited for, but tried again at the next call.
 */
export function openLogCleaner(database: DatabaseSync) {
  const setBusyLimit = (ms: number) => database.exec(`PRAGMA busy_timeout = ${ms}`);
  const truncate = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  let asked = false;

  return {
    /** Asks for it once the transaction under way is done. */
    ask(): void {
      asked = true;
    },

    /** Does it where it was asked for; outside a transaction. */
    clean(): void {
      if (!asked) return;
      setBusyLimit(0);
      try {
        asked = truncate.get()?.busy !== 0;
      } catch {
        // What was committed before is no less so.
      } finally {
        setBusyLimit(BUSY_LIMIT_MS);
      }
    },
  };
}
