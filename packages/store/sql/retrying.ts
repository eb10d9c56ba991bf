import { setTimeout as delay } from 'node:timers/promises';
import type { SqlServer } from './sql-server.ts';

/** How often a transaction is tried that the database asks to try again. */
const TRIES_MAX = 10;
const RETRY_SPREAD_MS = 20;

/**
 * Deadlocks, failed serialisations and what a server that is not the primary refuses leave nothing
 * behind and mostly pass at the next try.
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
