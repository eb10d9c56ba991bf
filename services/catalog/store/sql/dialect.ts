import type { SqlServer } from '@parley/store/sql/sql-server.ts';
import type { InsertQueryBuilder, InsertResult } from 'kysely';
import type { Tables } from './tables.ts';

type NameInsert<T extends keyof Tables> = InsertQueryBuilder<Tables, T, InsertResult>;

/** Where two SQL databases differ for the catalog. */
export interface SqlDialect extends SqlServer {
  /** The statements of each migration, in order; never edit one that was released. */
  migrations: Record<string, string[]>;
  /** Makes an insert pass over rows whose names are there. */
  unlessThere<T extends 'catalog_feed' | 'catalog_stream'>(insert: NameInsert<T>): NameInsert<T>;
}
