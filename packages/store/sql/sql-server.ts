import type { Dialect, Kysely } from 'kysely';
import type { StoreTls } from '../store-tls.ts';

/** An SQL database as every service uses it. */
export interface SqlServer {
  /** Opens a pool of connections. */
  open(limits: PoolLimits): Dialect;
  /**
   * Runs migrations on a database while those of other replicas wait.
   * @throws StartError when Parley cannot use the server; its text says what to change there
   */
  migrating(
    database: Kysely<unknown>,
    migrations: (on: Kysely<unknown>) => Promise<void>,
  ): Promise<void>;
  /**
   * True when a step of a migration failed because it is done. It is done where the server commits
   * each step for itself, and the migration broke off later.
   */
  isDone?(error: unknown, step: string): boolean;
  /**
   * True when a transaction that failed with this error can succeed at the next try. Where the
   * server is not the primary, the next try uses another connection.
   */
  isRetryable(error: unknown): boolean;
  /** True when a row was refused because another row has its unique value. */
  isDuplicate(error: unknown): boolean;
}

export interface PoolLimits {
  connections: number;
  /** How long a statement may take. A connection is closed when its statement takes longer. */
  statementMs: number;
}

/** How to reach a server. */
export interface SqlAddress {
  url: string;
  /** The program's name in the database's list of connections, where the database has one. */
  program: string;
  tls: StoreTls | undefined;
  /** Called when a connection is lost between two statements. */
  onError: (error: Error) => void;
  /** Called once, when the server or a pooler before it refuses prepared statements. */
  onRefusedName: (error: Error) => void;
}

/** How long it may take to open a connection. */
export const CONNECT_LIMIT_MS = 5_000;
/** How long a statement may take, and a transaction be idle. This detects a server that hangs. */
export const STATEMENT_LIMIT_MS = 10_000;
/** How long a statement of a migration may take, with the wait for another replica's migration. */
export const MIGRATION_LIMIT_MS = 600_000;
/** How long a transaction waits for a row that another replica is writing to. */
export const LOCK_LIMIT_SECONDS = 5;
