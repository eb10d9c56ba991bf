import { setTimeout as delay } from 'node:timers/promises';
import type { SqlServer } from './sql-server.ts';

/** How many times a transaction is tried when the database asks to try it again. */
const TRIES_MAX = 10;
const RETRY_SPREAD_MS = 20;

/**
 * Tries a transaction again after a deadlock, a failed serialisation, a refused prepared statement,
 * or a refusal by a server that is not the primary. Such a failure stores nothing, and the next try
 * mostly succeeds.
 */
export async function retrying<T>({ isRetryable }: SqlServer, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES_MAX || !isRetryable(error)) throw error;
      await delay(Math.random() * RETRY_SPREAD_MS * tries);
    }
  }
}
