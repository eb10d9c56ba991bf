import { postgresServer } from '@parley/store/sql/postgres-server.ts';
import type { SqlAddress } from '@parley/store/sql/sql-server.ts';
import { sql } from 'kysely';
import { REPLACED, type SqlDialect } from './dialect.ts';

/** Names and channels compare by code point, as in the other stores. */
const MIGRATIONS = {
  '0001-hooks': [
    `CREATE TABLE hook (
      id text PRIMARY KEY,
      name text COLLATE "C" NOT NULL UNIQUE,
      url text NOT NULL,
      channels text NOT NULL,
      kinds text NOT NULL,
      secret text NOT NULL,
      rights text NOT NULL,
      by_subject text NOT NULL,
      by_name text NOT NULL,
      at bigint NOT NULL,
      state text NOT NULL,
      why text NOT NULL,
      version bigint NOT NULL,
      set_aside bigint NOT NULL,
      holder text NOT NULL DEFAULT '',
      expires bigint NOT NULL DEFAULT 0
    )`,
    `CREATE TABLE hook_position (
      hook_id text NOT NULL REFERENCES hook (id) ON DELETE CASCADE,
      channel text COLLATE "C" NOT NULL,
      epoch text NOT NULL,
      seq bigint NOT NULL,
      at bigint NOT NULL,
      since bigint NOT NULL,
      tries bigint NOT NULL,
      retry_at bigint NOT NULL,
      reason text NOT NULL,
      PRIMARY KEY (hook_id, channel)
    )`,
    'CREATE INDEX hook_position_failing ON hook_position (hook_id, since) WHERE since > 0',
    'CREATE INDEX hook_position_log ON hook_position (hook_id, epoch)',
    `CREATE TABLE hook_failure (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      hook_id text NOT NULL REFERENCES hook (id) ON DELETE CASCADE,
      channel text NOT NULL,
      epoch text NOT NULL,
      seq bigint NOT NULL,
      kind text NOT NULL,
      at bigint NOT NULL,
      tries bigint NOT NULL,
      reason text NOT NULL
    )`,
    'CREATE INDEX hook_failure_of ON hook_failure (hook_id, id)',
  ],
  '0002-hooks-in': [
    `CREATE TABLE hook_in (
      id text PRIMARY KEY,
      name text COLLATE "C" NOT NULL UNIQUE,
      channel text NOT NULL,
      sender text NOT NULL,
      template text,
      username text NOT NULL,
      secret_hash text NOT NULL,
      github_secret text,
      at bigint NOT NULL,
      by_name text NOT NULL
    )`,
    `CREATE TABLE hook_in_alert (
      hook_id text NOT NULL REFERENCES hook_in (id) ON DELETE CASCADE,
      episode text COLLATE "C" NOT NULL,
      channel text NOT NULL,
      username text NOT NULL,
      text text NOT NULL,
      resolved integer NOT NULL,
      round integer NOT NULL,
      seq bigint NOT NULL,
      at bigint NOT NULL,
      PRIMARY KEY (hook_id, episode)
    )`,
    'CREATE INDEX hook_in_alert_at ON hook_in_alert (at)',
  ],
  '0003-hooks-in-rights': ['ALTER TABLE hook_in ADD COLUMN rights text'],
};

/** PostgreSQL 14 and later. Without `tls` the address decides whether TLS is used. */
export function postgresDialect(address: SqlAddress): SqlDialect {
  return {
    ...postgresServer(address),
    migrations: MIGRATIONS,
    orReplace: (insert) =>
      insert.onConflict((conflict) =>
        conflict
          .columns(['hook_id', 'channel'])
          .doUpdateSet(
            Object.fromEntries(REPLACED.map((column) => [column, sql.ref(`excluded.${column}`)])),
          ),
      ),
    nowMs: sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`,
  };
}
