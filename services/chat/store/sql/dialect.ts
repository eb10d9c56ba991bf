import type { Dialect, InsertQueryBuilder, InsertResult } from 'kysely';
import type { Tables } from './tables.ts';

type ChannelInsert = InsertQueryBuilder<Tables, 'channel', InsertResult>;

/** Where two SQL databases differ for us. */
export interface SqlDialect {
  kysely: Dialect;
  /** The statements of each migration, in order; never edit one that was released. */
  migrations: Record<string, string[]>;
  /** Makes an insert of channels pass over those that are there. */
  unlessThere(insert: ChannelInsert): ChannelInsert;
  /** Makes an insert of channels that are there raise their `head` and `at`. */
  orRaise(insert: ChannelInsert): ChannelInsert;
  /** Whether an error is the database's wish that the transaction be tried again. */
  isRetryable(error: unknown): boolean;
}

/** How long a connection may take to be made. */
export const CONNECT_LIMIT_MS = 5_000;
/** How long a statement may take. */
export const STATEMENT_LIMIT_MS = 10_000;
/** How long a transaction waits for a channel that another replica is writing to. */
export const LOCK_LIMIT_SECONDS = 5;
/** One for the group under way, the others for reads. */
export const POOL_MAX = 8;
