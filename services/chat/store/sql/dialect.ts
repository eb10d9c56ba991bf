import type { Dialect, InsertQueryBuilder, InsertResult, RawBuilder } from 'kysely';
import type { StoreTls } from '../store-tls.ts';
import type { Tables } from './tables.ts';

type ChannelInsert = InsertQueryBuilder<Tables, 'channel', InsertResult>;
type VoteInsert = InsertQueryBuilder<Tables, 'vote', InsertResult>;

/** Where two SQL databases differ for us. */
export interface SqlDialect {
  /** Opens a pool of connections. */
  open(limits: PoolLimits): Dialect;
  /** The statements of each migration, in order; never edit one that was released. */
  migrations: Record<string, string[]>;
  /** Makes an insert pass over rows that are there. */
  unlessThere<T extends keyof Tables>(
    insert: InsertQueryBuilder<Tables, T, InsertResult>,
  ): InsertQueryBuilder<Tables, T, InsertResult>;
  /** Makes an insert of channels that are there raise their `head` and `at`, and set `closed`. */
  orRaise(insert: ChannelInsert): ChannelInsert;
  /** Makes an insert of votes that are there replace their `value`. */
  orReplace(insert: VoteInsert): VoteInsert;
  /** The database's own time, in milliseconds since 1970 (UTC). */
  nowMs: RawBuilder<number>;
  /** Whether an error is the database's wish that the transaction be tried again. */
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
/** How long a transaction waits for a channel that another replica is writing to. */
export const LOCK_LIMIT_SECONDS = 5;
