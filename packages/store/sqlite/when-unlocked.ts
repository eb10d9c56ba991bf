/** How long a connection waits for another process's lock. */
export const BUSY_LIMIT_MS = 5_000;
const TRY_AGAIN_MS = 10;
/** SQLITE_BUSY. Extended codes use the bits above, too (sqlite.org, "Result and Error Codes"). */
const BUSY = 5;

/**
 * Does work on a database, and tries it again for BUSY_LIMIT_MS while another connection has the
 * file locked. SQLite's own waiting is not enough when several connections open a file at once: the
 * switch to WAL, and opening the file during that switch, fail without waiting. Blocks its thread
 * meanwhile.
 * @throws the error of a lock that lasts longer, and any other error at once
 */
export function whenUnlocked<T>(work: () => T): T {
  const end = performance.now() + BUSY_LIMIT_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TRY_AGAIN_MS);
    }
  }
}

function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && (errcode & 0xff) === BUSY;
}
