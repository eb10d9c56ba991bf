import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '@parley/kit/run.ts';
import { type Kysely, PostgresAdapter, PostgresDialect, type PostgresPool, sql } from 'kysely';
import pg from 'pg';
import type { StoreTls } from '../store-tls.ts';
import { PreparedStatements, refusesName } from './prepared-statements.ts';
import {
  CONNECT_LIMIT_MS,
  LOCK_LIMIT_SECONDS,
  MIGRATION_LIMIT_MS,
  type PoolLimits,
  type SqlAddress,
  type SqlServer,
  STATEMENT_LIMIT_MS,
} from './sql-server.ts';
import { UsableConnections, type Verdict } from './usable-connections.ts';

/** The type number of `bigint` in PostgreSQL's catalogue. All our numbers are safe integers. */
const INT8 = 20;
/** serialization_failure and deadlock_detected (PostgreSQL manual, appendix A). */
const RETRYABLE = new Set(['40001', '40P01']);
/** unique_violation */
const DUPLICATE_ROW = '23505';
/** read_only_sql_transaction: a standby's answer to each statement that writes. */
const READ_ONLY = '25006';
/**
 * Codes that say nothing against the connection: data exceptions, broken constraints, rolled back
 * transactions, faulty statements, query_canceled (a time limit) and lock_not_available.
 */
const ABOUT_STATEMENT = /^(22|23|40|42)|^(57014|55P03)$/;

/** lock_not_available: `lock_timeout` has passed. */
const LOCK_TIMEOUT = '55P03';
/** How long a migration waits for a table, because all that come later wait, too. */
const TABLE_LIMIT_MS = 2_000;
/** Between two tries, so that others go on. */
const TABLE_PAUSE_MS = 3_000;

/** The number of Kysely's own lock: replicas of an older Parley take that lock and so wait, too. */
const MIGRATION_LOCK = '3853314791062309107';
const LIMIT_NAMES = 'statement_timeout,lock_timeout,idle_in_transaction_session_timeout';

/** PostgreSQL 14 and later. Without `tls` the address decides about TLS. */
export function postgresServer(address: SqlAddress): SqlServer {
  return {
    open: (limits) => new TransactionalDialect({ pool: openPool(address, limits) }),
    migrating,
    isDuplicate: (error) => codeOf(error) === DUPLICATE_ROW,
    isRetryable: (error) =>
      RETRYABLE.has(codeOf(error)) || refusesName(error) || verdictOn(error) === 'wrong-server',
  };
}

/**
 * Takes no lock for migrations: `migrating` takes its own. Kysely's lock belongs to a session, and
 * PgBouncer may give the session to another client.
 */
class TransactionalDialect extends PostgresDialect {
  override createAdapter() {
    return new (class extends PostgresAdapter {
      override async acquireMigrationLock(): Promise<void> {}
      override async releaseMigrationLock(): Promise<void> {}
    })();
  }
}

/**
 * Runs migrations in one transaction. A transaction stays in one session of the server, even where
 * PgBouncer pools transactions. While it waits for a table that another program reads for long, such
 * as a backup, all that come later wait for the table, too: it gives up soon and begins again.
 */
async function migrating(
  database: Kysely<unknown>,
  migrations: (on: Kysely<unknown>) => Promise<void>,
): Promise<void> {
  const end = Date.now() + MIGRATION_LIMIT_MS;
  for (;;) {
    try {
      return await migrateOnce(database, migrations);
    } catch (error) {
      if (codeOf(error) !== LOCK_TIMEOUT || Date.now() > end) throw explained(error);
    }
    await delay(TABLE_PAUSE_MS);
  }
}

function migrateOnce(
  database: Kysely<unknown>,
  migrations: (on: Kysely<unknown>) => Promise<void>,
): Promise<void> {
  return database.transaction().execute(async (on) => {
    const limit = `${MIGRATION_LIMIT_MS}`;
    await sql`SELECT set_config('lock_timeout', ${limit}, true),
      set_config('statement_timeout', ${limit}, true)`.execute(on);
    await sql`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(on);
    await sql`SELECT set_config('lock_timeout', ${`${TABLE_LIMIT_MS}`}, true)`.execute(on);
    await migrations(on);
  });
}

function explained(error: unknown): unknown {
  if (!(error as Error).message.includes('unsupported startup parameter')) return error;
  return new StartError(
    `cannot open the store: PgBouncer refuses Parley's time limits: in pgbouncer.ini set ignore_startup_parameters = ${LIMIT_NAMES}, and set these limits for the role with ALTER ROLE (docs/run.md)`,
  );
}

const codeOf = (error: unknown) => String((error as { code?: unknown }).code);

function verdictOn(error: unknown): Verdict {
  const code = codeOf(error);
  if (code === READ_ONLY) return 'wrong-server';
  return ABOUT_STATEMENT.test(code) ? 'usable' : 'broken';
}

function openPool(
  { url, tls, program, onError, onRefusedName }: SqlAddress,
  { connections, statementMs }: PoolLimits,
): PostgresPool {
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
  const usable = new UsableConnections<pg.ClientBase>();
  const prepared = new PreparedStatements(onRefusedName);
  pool.on('connect', (connection) => {
    usable.add(connection);
    // A connection that is lost between two statements emits 'error', which would end the process
    // without a listener. The pool emits it again for an idle connection, and opens new connections
    // on demand.
    connection.on('error', onError);
    const client = connection as unknown as pg.Client;
    watchStatements(client, statementMs, (verdict) => usable.note(connection, verdict));
    prepared.useOn(client);
  });
  pool.on('error', () => undefined);
  // The pool does not keep a connection that is being ended.
  pool.on('release', (_error, connection) => {
    if (!usable.has(connection)) void (connection as unknown as pg.Client).end();
  });
  return {
    async connect() {
      for (;;) {
        const connection = await pool.connect();
        if (usable.has(connection)) return connection;
        connection.release(true);
      }
    },
    end: () => pool.end(),
    options: pool.options,
  };
}

/** Removes the TLS parameters of the address, which would override the files. */
function withTls(url: string, tls: StoreTls): pg.PoolConfig {
  const address = new URL(url);
  for (const name of [...address.searchParams.keys()]) {
    if (name.startsWith('ssl')) address.searchParams.delete(name);
  }
  return { connectionString: address.href, ssl: tls };
}

/**
 * Ends a connection whose statement takes too long, and reports the verdict of each failure. With
 * the driver's own limit, the rollback that follows would wait for the same time again.
 */
function watchStatements(
  connection: pg.Client,
  limitMs: number,
  onFailure: (verdict: Verdict) => void,
): void {
  const query: (sql: string, values?: unknown[]) => Promise<unknown> =
    connection.query.bind(connection);
  const watched: typeof query = async (sql, values) => {
    const timer = setTimeout(() => {
      onFailure('wrong-server');
      void connection.end();
    }, limitMs);
    try {
      return await query(sql, values);
    } catch (error) {
      onFailure(verdictOn(error));
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
  connection.query = watched as typeof connection.query;
}
