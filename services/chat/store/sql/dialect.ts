import type { MigrationStep } from '@parley/store/sql/migrate.ts';
import type { SqlServer } from '@parley/store/sql/sql-server.ts';
import type { InsertQueryBuilder, InsertResult, RawBuilder } from 'kysely';
import type { Tables } from './tables.ts';

type ChannelInsert = InsertQueryBuilder<Tables, 'channel', InsertResult>;
type VoteInsert = InsertQueryBuilder<Tables, 'vote', InsertResult>;

/** Where two SQL databases differ for us. */
export interface SqlDialect extends SqlServer {
  /** The steps of each migration, in order; never edit one that was released. */
  migrations: Record<string, MigrationStep[]>;
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
}
