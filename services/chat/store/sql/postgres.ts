import { PostgresDialect } from 'kysely';
import pg from 'pg';
import {
  CONNECT_LIMIT_MS,
  LOCK_LIMIT_SECONDS,
  POOL_MAX,
  type SqlDialect,
  STATEMENT_LIMIT_MS,
} from './dialect.ts';

/** The type number of `bigint` in PostgreSQL's catalogue; our numbers are all safe integers. */
const INT8 = 20;
/** serialization_failure and deadlock_detected (PostgreSQL manual, appendix A). */
const RETRYABLE = new Set(['40001', '40P01']);

const MIGRATIONS = {
  '0001-channels-and-events': [
    // "C" compares bytes, as the other stores do, so that all list channels in the same order.
    `CREATE TABLE channel (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text COLLATE "C" NOT NULL UNIQUE,
      epoch text NOT NULL,
      head bigint NOT NULL,
      at bigint NOT NULL
    )`,
    `CREATE TABLE event (
      channel_id bigint NOT NULL REFERENCES channel (id),
      seq bigint NOT NULL,
      kind text NOT NULL,
      at bigint NOT NULL,
      username text NOT NULL,
      message text NOT NULL,
      server text NOT NULL,
      key text,
      PRIMARY KEY (channel_id, seq)
    )`,
    'CREATE UNIQUE INDEX event_key ON event (channel_id, key) WHERE key IS NOT NULL',
  ],
};

/** PostgreSQL 14 and later. `ca` is the PEM text of the authority to trust; without it the address decides about TLS. */
export function postgresDialect(
  url: string,
  { ca, onError }: { ca: string | undefined; onError: (error: Error) => void },
): SqlDialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_MAX,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    query_timeout: STATEMENT_LIMIT_MS,
    statement_timeout: STATEMENT_LIMIT_MS,
    lock_timeout: LOCK_LIMIT_SECONDS * 1000,
    idle_in_transaction_session_timeout: STATEMENT_LIMIT_MS,
    keepAlive: true,
    application_name: 'parley-chat',
    types: {
      getTypeParser: (type, format) =>
        Number(type) === INT8 ? Number : pg.types.getTypeParser(type, format),
    },
    ...(ca !== undefined && { ssl: { ca } }),
  });
  // Without listeners a connection that is lost between two statements would end the process. The
  // pool speaks of idle ones once more; it makes new ones when they are needed.
  pool.on('connect', (connection) => connection.on('error', onError));
  pool.on('error', () => undefined);
  return {
    kysely: new PostgresDialect({ pool }),
    migrations: MIGRATIONS,
    unlessThere: (insert) => insert.onConflict((conflict) => conflict.doNothing()),
    orRaise: (insert) =>
      insert.onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet(({ ref }) => ({ head: ref('excluded.head'), at: ref('excluded.at') })),
      ),
    isRetryable: (error) => RETRYABLE.has(String((error as { code?: unknown }).code)),
  };
}
