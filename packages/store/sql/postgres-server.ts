import { PostgresDialect } from 'kysely';
import pg from 'pg';
import type { StoreTls } from '../store-tls.ts';
import {
  CONNECT_LIMIT_MS,
  LOCK_LIMIT_SECONDS,
  type PoolLimits,
  type SqlAddress,
  type SqlServer,
  STATEMENT_LIMIT_MS,
} from './sql-server.ts';

/** The type number of `bigint` in PostgreSQL's catalogue; our numbers are all safe integers. */
const INT8 = 20;
/** serialization_failure and deadlock_detected (PostgreSQL manual, appendix A). */
const RETRYABLE = new Set(['40001', '40P01']);

/** PostgreSQL 14 and later. Without `tls` the address decides about it. */
export function postgresServer(address: SqlAddress): SqlServer {
  return {
    open: (limits) => new PostgresDialect({ pool: openPool(address, limits) }),
    isRetryable: (error) => RETRYABLE.has(String((error as { code?: unknown }).code)),
  };
}

function openPool(
  { url, tls, program, onError }: SqlAddress,
  { connections, statementMs }: PoolLimits,
): pg.Pool {
  const pool = new pg.Pool({
    ...(tls === undefined ? { connectionString: url } : withTls(url, tls)),
    max: connections,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    statement_timeout: statementMs,
    lock_timeout: LOCK_LIMIT_SECONDS * 1000,
    idle_in_transaction_session_timeout: STATEMENT_LIMIT_MS,
    keepAlive: true,
    application_name: program,
    types: {
      getTypeParser: (type, format) =>
        Number(type) === INT8 ? Number : pg.types.getTypeParser(type, format),
    },
  });
  pool.on('connect', (connection) => {
    // Without listeners a connection that is lost between two statements would end the process. The
    // pool speaks of idle ones once more; it makes new ones when they are needed.
    connection.on('error', onError);
    limitStatements(connection as unknown as pg.Client, statementMs);
  });
  pool.on('error', () => undefined);
  return pool;
}

/** What the address says of TLS would go before the files. */
function withTls(url: string, tls: StoreTls): pg.PoolConfig {
  const address = new URL(url);
  for (const name of [...address.searchParams.keys()]) {
    if (name.startsWith('ssl')) address.searchParams.delete(name);
  }
  return { connectionString: address.href, ssl: tls };
}

/** The driver's own limit would let the rollback that follows wait for as long again. */
function limitStatements(connection: pg.Client, limitMs: number): void {
  const query: (sql: string, values?: unknown[]) => Promise<unknown> =
    connection.query.bind(connection);
  const limited: typeof query = async (sql, values) => {
    const timer = setTimeout(() => void connection.end(), limitMs);
    try {
      return await query(sql, values);
    } finally {
      clearTimeout(timer);
    }
  };
  connection.query = limited as typeof connection.query;
}
