import { isIP, type Socket } from 'node:net';
import { hostOf } from '@parley/kit/http/host-of.ts';
import { StartError } from '@parley/kit/run.ts';
import { type Kysely, MysqlDialect, type MysqlPool, sql } from 'kysely';
import { createPool, type PoolConnection, type Query, type QueryError } from 'mysql2';
import {
  CONNECT_LIMIT_MS,
  LOCK_LIMIT_SECONDS,
  type PoolLimits,
  type SqlAddress,
  type SqlServer,
  STATEMENT_LIMIT_MS,
} from './sql-server.ts';
import { UsableConnections, type Verdict } from './usable-connections.ts';

/** ER_LOCK_DEADLOCK (MySQL server error reference). */
const DEADLOCK = 1213;
/**
 * Error codes of a server that does not accept writes, or no longer does:
 * ER_OPTION_PREVENTS_STATEMENT (`read_only`), ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION,
 * ER_READ_ONLY_MODE, and WSREP_NOT_READY from a Galera node that has left its cluster.
 */
const NOT_PRIMARY = new Set([1290, 1792, 1836, 1047]);
/** ER_LOCK_WAIT_TIMEOUT, MariaDB's ER_STATEMENT_TIMEOUT, and MySQL's ER_QUERY_TIMEOUT. */
const TIME_LIMITS = new Set([1205, 1969, 3024]);
/** ER_TABLE_EXISTS_ERROR, ER_DUP_FIELDNAME, ER_DUP_KEYNAME. */
const STEPS_DONE = new Set([1050, 1060, 1061]);
/** ER_DUP_ENTRY */
const DUPLICATE_ROW = 1062;
/**
 * Classes of SQLSTATE that say nothing against the connection: data exceptions, broken constraints,
 * rolled back transactions, faulty statements.
 */
const ABOUT_STATEMENT = /^(22|23|40|42)/;

/**
 * MySQL 8 and MariaDB 10.6 and later. `packetBytes` is the length of Parley's longest statement.
 * @throws StartError for TLS to an IP address
 */
export function mysqlServer(
  address: SqlAddress,
  { packetBytes }: { packetBytes: number },
): SqlServer {
  if (address.tls !== undefined) refuseAddressWithoutName(address.url);
  return {
    open: (limits) => new MysqlDialect({ pool: openPool(address, limits) }),
    async migrating(database, migrations) {
      await refuseShortPackets(database, packetBytes);
      await migrations(database); // Kysely holds a lock on the server meanwhile
    },
    isDone(error, step) {
      const { errno = 0 } = error as QueryError;
      return STEPS_DONE.has(errno) || (errno === DUPLICATE_ROW && step.startsWith('INSERT'));
    },
    isDuplicate: (error) => (error as QueryError).errno === DUPLICATE_ROW,
    isRetryable: (error) =>
      (error as QueryError).errno === DEADLOCK || verdictOn(error as QueryError) === 'wrong-server',
  };
}

function verdictOn({ errno = 0, sqlState = '' }: QueryError): Verdict {
  if (NOT_PRIMARY.has(errno)) return 'wrong-server';
  return TIME_LIMITS.has(errno) || ABOUT_STATEMENT.test(sqlState) ? 'usable' : 'broken';
}

function openPool(
  { url, tls, onError }: SqlAddress,
  { connections, statementMs }: PoolLimits,
): MysqlPool {
  const pool = createPool({
    uri: url,
    connectionLimit: connections,
    connectTimeout: CONNECT_LIMIT_MS,
    charset: 'utf8mb4_bin',
    enableKeepAlive: true,
    ...(tls !== undefined && { ssl: { ...tls, verifyIdentity: true } }),
  });
  const usable = new UsableConnections<PoolConnection>();
  pool.on('connection', (connection) => {
    usable.add(connection);
    connection.on('error', onError);
    watchStatements(connection, statementMs, (verdict) => usable.note(connection, verdict));
    connection.query(sessionSettings(statementMs), (error) => {
      if (!error) return;
      onError(error);
      // A connection without the limits and the strict mode must not be used.
      connection.destroy();
    });
  });
  pool.on('release', (connection) => {
    if (!usable.has(connection)) connection.destroy();
  });
  const getConnection: MysqlPool['getConnection'] = (done) =>
    pool.getConnection((error, connection) => {
      if (error || usable.has(connection)) return done(error, connection as never);
      connection.destroy();
      getConnection(done);
    });
  return { getConnection, end: (done) => pool.end(done) };
}

/**
 * Only MariaDB reads the text in `M!`. MySQL has no such limits and relies on `watchStatements`.
 */
function sessionSettings(statementMs: number): string {
  return `SET SESSION innodb_lock_wait_timeout = ${LOCK_LIMIT_SECONDS}, sql_mode = 'STRICT_ALL_TABLES'
    /*M! , max_statement_time = ${statementMs / 1000}
    , idle_transaction_timeout = ${STATEMENT_LIMIT_MS / 1000} */`;
}

/**
 * Breaks a connection whose statement takes too long, so that every statement on the connection
 * fails, and reports the verdict of each failure. The driver's own limit begins when a statement is
 * sent: it does not count the time that a statement waits for the one before it.
 */
function watchStatements(
  connection: PoolConnection,
  limitMs: number,
  onFailure: (verdict: Verdict) => void,
): void {
  const { stream } = connection as PoolConnection & { stream: Socket };
  const query = connection.query.bind(connection) as (...args: unknown[]) => Query;
  const pending = new Set<NodeJS.Timeout>();
  connection.query = ((...args: unknown[]) => {
    const done = args.pop() as (error: QueryError | null, ...answer: unknown[]) => void;
    const statement = query(...args, ((error, ...answer) => {
      if (error) onFailure(verdictOn(error));
      done(error, ...answer);
    }) satisfies typeof done);
    const timer = setTimeout(() => {
      onFailure('wrong-server');
      stream.destroy(new Error(`the database has not answered for ${limitMs} ms`));
    }, limitMs);
    pending.add(timer);
    return statement.once('end', () => {
      clearTimeout(timer);
      pending.delete(timer);
    });
  }) as typeof connection.query;
  // A statement emits no 'end' when its connection breaks.
  stream.once('close', () => {
    for (const timer of pending) clearTimeout(timer);
  });
}

async function refuseShortPackets(database: Kysely<unknown>, wanted: number): Promise<void> {
  const query = sql<{ bytes: number }>`SELECT @@max_allowed_packet AS bytes`;
  const bytes = Number((await query.execute(database)).rows[0]?.bytes);
  if (bytes >= wanted) return;
  throw new StartError(
    `cannot open the store: the database takes statements of up to ${bytes} bytes, and Parley sends up to ${wanted}: set max_allowed_packet=16M in its configuration and restart it`,
  );
}

/** For an IP address the driver would compare the certificate with the name "localhost". */
function refuseAddressWithoutName(url: string): void {
  if (isIP(hostOf(new URL(url))) === 0) return;
  throw new StartError(
    'STORE_URL: use the host name, not the IP address, so that the certificate can be checked',
  );
}
