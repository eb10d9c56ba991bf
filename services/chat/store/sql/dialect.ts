import type { MigrationStep } from '@parley/store/sql/migrate.ts';
import type { SqlServer } from '@parley/store/sql/sql-server.ts';
import type { InsertQueryBuilder, InsertResult, Kysely, RawBuilder } from 'kysely';
import type { Appended, Draft } from '../store.ts';
import type { WordsDialect } from './search/words-dialect.ts';
import type { Tables } from './tables.ts';

/** Bytes of one insert at most. With each byte of its texts escaped it is half a megabyte. */
export const STATEMENT_BYTES = 262_144;

type ChannelInsert = InsertQueryBuilder<Tables, 'channel', InsertResult>;
type ReadPositionInsert = InsertQueryBuilder<Tables, 'read_position', InsertResult>;

/** The primary key of a table, and what is replaced in a row that has it. */
export interface ReplacedRow<T extends keyof Tables> {
  key: (keyof Tables[T] & string)[];
  columns: (keyof Tables[T] & string)[];
}

/** Where SQL databases differ for chat. */
export interface SqlDialect extends SqlServer {
  /** The steps of each migration, in order. Never edit a released migration. */
  migrations: Record<string, MigrationStep[]>;
  /** Makes an insert skip rows that exist. */
  unlessThere<T extends keyof Tables>(
    insert: InsertQueryBuilder<Tables, T, InsertResult>,
  ): InsertQueryBuilder<Tables, T, InsertResult>;
  /** Makes an insert of channels that exist raise their `head` and `at`, and set `closed`. */
  orRaise(insert: ChannelInsert): ChannelInsert;
  /** A JSON array of objects with `account_id` and `name` as a table with these columns. */
  askedTable(json: string): RawBuilder<unknown>;
  /** Makes an insert of read positions that exist raise their `seq`, where it is higher. */
  orGoForward(insert: ReadPositionInsert): ReadPositionInsert;
  /** Makes an insert of rows that exist, by their columns `key`, replace their other `columns`. */
  orReplace<T extends 'vote' | 'link'>(
    insert: InsertQueryBuilder<Tables, T, InsertResult>,
    row: ReplacedRow<T>,
  ): InsertQueryBuilder<Tables, T, InsertResult>;
  /** The index of messages' words. */
  words: WordsDialect;
  /** The database's own time, in milliseconds since 1970 (UTC). */
  nowMs: RawBuilder<number>;
  /**
   * Stores a batch without a transaction of several statements. Resolves with undefined, and stores
   * nothing, when the batch needs one.
   */
  appendPosts?(database: Kysely<Tables>, batch: Draft[]): Promise<Appended[] | undefined>;
}
