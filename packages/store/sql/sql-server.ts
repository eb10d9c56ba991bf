import type { Dialect, Kysely } from 'kysely';
import type { StoreTls } from '../store-tls.ts';

/** An SQL database as every service uses it. */
export interface SqlServer {
  /** Opens a pool of connections. */
  open(limits: PoolLimits): Dialect;
  /**
   * Runs migrations on a database while those of other replicas wait.
   * @throws StartError for a server as Parley cannot use it, with what to change there
   */
  migrating(
    database: Kysely<unknown>,
    migrations: (on: Kysely<unknown>) => Promise<void>,
  ): Promise<void>;
  /**
   * Whether a transaction that fails with this error can pass when it is tried again: on another
   * connection where the server is not the primary.
   */
  isRetryable(error: unknown): boolean;
}

export interface PoolLimits {
  connections: number;
  /** How long a statement may take; a connection on which one takes longer is given up. */
  statementMs: number;
}

/** How to reach a server. */
export interface SqlAddress {
  url: string;
  /** By what name the database knows who connects, where it shows one. */
  program: string;
  tls: StoreTls | undefined;
  /** Hears of connections that were lost between two statements. */
  onError: (error: Error) => void;
}

/** How long a connection may take to be made. */
export const CONNECT_LIMIT_MS = 5_000;
/** How long a statement may take, and a transaction stand still: a server that hangs is found by it. */
export const STATEMENT_LIMIT_MS = 10_000;
/** How long a statement of a migration may take, waiting for another replica's migration included. */
export const MIGRATION_LIMIT_MS = 600_000;
/** How long a transaction waits for a row that another replica is writing to. */
export const LOCK_LIMIT_SECONDS = 5;
