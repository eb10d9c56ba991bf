import type { SqlServer } from '@parley/store/sql/sql-server.ts';
import type { InsertQueryBuilder, InsertResult } from 'kysely';
import type { Tables } from './tables.ts';

type NameInsert<T extends keyof Tables> = InsertQueryBuilder<Tables, T, InsertResult>;

/** What differs between SQL databases for the catalog. */
export interface SqlDialect extends SqlServer {
  /** The statements of each migration, in order; never edit a released one. */
  migrations: Record<string, string[]>;
  /** Makes an insert skip rows whose names exist. */
  unlessThere<T extends 'catalog_feed' | 'catalog_stream'>(insert: NameInsert<T>): NameInsert<T>;
}
