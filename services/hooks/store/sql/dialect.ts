import type { SqlServer } from '@parley/store/sql/sql-server.ts';
import type { InsertQueryBuilder, InsertResult, RawBuilder } from 'kysely';
import type { Tables } from './tables.ts';

type PositionInsert = InsertQueryBuilder<Tables, 'hook_position', InsertResult>;

/** What an insert replaces in a position that is there. */
export const REPLACED = ['epoch', 'seq', 'at', 'since', 'tries', 'retry_at', 'reason'] as const;

/** What differs between SQL databases for the hooks. */
export interface SqlDialect extends SqlServer {
  /** The statements of each migration, in order; never edit a released one. */
  migrations: Record<string, string[]>;
  /** Makes an insert of positions that are there replace them. */
  orReplace(insert: PositionInsert): PositionInsert;
  /** The database's own time, in milliseconds since 1970 (UTC). */
  nowMs: RawBuilder<number>;
}
