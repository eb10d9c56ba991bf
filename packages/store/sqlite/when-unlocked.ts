/** How long a connection waits for another process's lock. */
export const BUSY_LIMIT_MS = 5_000;
const TRY_AGAIN_MS = 10;
/** SQLITE_BUSY; extended codes have more in the bits above (sqlite.org, "Result and Error Codes"). */
const BUSY = 5;

/**
 * Does something with a database as soon as nobody else has it locked. SQLite's own waiting is not
 * enough where a file is opened by several at once: what turns it to WAL, or finds it being turned,
 * is refused without waiting. Blocks its thread meanwhile. @throws what is refused for another reason
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
