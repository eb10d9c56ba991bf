import { isIP, type Socket } from 'node:net';
import { hostOf } from '@parley/kit/host-of.ts';
import { StartError } from '@parley/kit/run.ts';
import { MysqlDialect } from 'kysely';
import { createPool, type Pool, type PoolConnection, type Query } from 'mysql2';
import {
  CONNECT_LIMIT_MS,
  LOCK_LIMIT_SECONDS,
  type PoolLimits,
  type SqlAddress,
  type SqlServer,
  STATEMENT_LIMIT_MS,
} from './sql-server.ts';

/** ER_LOCK_DEADLOCK (MySQL server error reference). */
const DEADLOCK = 1213;

/** MySQL 8 and MariaDB 10.6 and later. @throws StartError for TLS to an address without a name */
export function mysqlServer(address: SqlAddress): SqlServer {
  if (address.tls !== undefined) refuseAddressWithoutName(address.url);
  return {
    open: (limits) => new MysqlDialect({ pool: openPool(address, limits) }),
    isRetryable: (error) => (error as { errno?: unknown }).errno === DEADLOCK,
  };
}

function openPool(
  { url, tls, onError }: SqlAddress,
  { connections, statementMs }: PoolLimits,
): Pool {
  const pool = createPool({
    uri: url,
    connectionLimit: connections,
    connectTimeout: CONNECT_LIMIT_MS,
    charset: 'utf8mb4_bin',
    enableKeepAlive: true,
    ...(tls !== undefined && { ssl: { ...tls, verifyIdentity: true } }),
  });
  pool.on('connection', (connection) => {
    connection.on('error', onError);
    limitStatements(connection, statementMs);
    connection.query(sessionSettings(statementMs), (error) => {
      if (!error) return;
      onError(error);
      // Without its limits and its strict mode it is not to be used.
      connection.destroy();
    });
  });
  return pool;
}

/** What is in `M!` only MariaDB reads; MySQL has no such limits, and the connection's own must do. */
function sessionSettings(statementMs: number): string {
  return `SET SESSION innodb_lock_wait_timeout = ${LOCK_LIMIT_SECONDS}, sql_mode = 'STRICT_ALL_TABLES'
    /*M! , max_statement_time = ${statementMs / 1000}
    , idle_transaction_timeout = ${STATEMENT_LIMIT_MS / 1000} */`;
}

/**
 * Breaks a connection whose statement takes too long, so that all that waits on it fails. The
 * driver's own limit begins when a statement is sent, not when it has to wait for the one before.
 */
function limitStatements(connection: PoolConnection, limitMs: number): void {
  const { stream } = connection as PoolConnection & { stream: Socket };
  const query = connection.query.bind(connection) as (...args: unknown[]) => Query;
  const pending = new Set<NodeJS.Timeout>();
  connection.query = ((...args: unknown[]) => {
    const statement = query(...args);
    const timer = setTimeout(() => {
      stream.destroy(new Error(`the database has not answered for ${limitMs} ms`));
    }, limitMs);
    pending.add(timer);
    return statement.once('end', () => {
      clearTimeout(timer);
      pending.delete(timer);
    });
  }) as typeof connection.query;
  // A statement that breaks with its connection has no end of its own.
  stream.once('close', () => {
    for (const timer of pending) clearTimeout(timer);
  });
}

/** The driver would hold the certificate of a bare address against "localhost". */
function refuseAddressWithoutName(url: string): void {
  if (isIP(hostOf(new URL(url))) === 0) return;
  throw new StartError(
    'STORE_URL: name the host by its name, not its IP address, so that its certificate can be checked',
  );
}
