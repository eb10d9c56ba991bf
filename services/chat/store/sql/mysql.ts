import { isIP, type Socket } from 'node:net';
import { hostOf } from '@parley/kit/host-of.ts';
import { StartError } from '@parley/kit/run.ts';
import { MysqlDialect, sql } from 'kysely';
import { createPool, type Pool, type PoolConnection, type Query } from 'mysql2';
import {
  CONNECT_LIMIT_MS,
  LOCK_LIMIT_SECONDS,
  type PoolLimits,
  type SqlAddress,
  type SqlDialect,
  STATEMENT_LIMIT_MS,
} from './dialect.ts';

/** ER_LOCK_DEADLOCK (MySQL server error reference). */
const DEADLOCK = 1213;

/** Compares by code point, as the other stores do, on MySQL and MariaDB alike. */
const TABLE_OPTIONS = 'ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin';

const MIGRATIONS = {
  '0001-channels-and-events': [
    `CREATE TABLE channel (
      id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
      name varchar(64) NOT NULL UNIQUE,
      epoch varchar(64) NOT NULL,
      head bigint NOT NULL,
      at bigint NOT NULL
    ) ${TABLE_OPTIONS}`,
    `CREATE TABLE event (
      channel_id bigint NOT NULL,
      seq bigint NOT NULL,
      kind varchar(16) NOT NULL,
      at bigint NOT NULL,
      username varchar(64) NOT NULL,
      message text NOT NULL,
      server varchar(128) NOT NULL,
      \`key\` varchar(255),
      PRIMARY KEY (channel_id, seq),
      UNIQUE KEY event_key (channel_id, \`key\`),
      FOREIGN KEY (channel_id) REFERENCES channel (id)
    ) ${TABLE_OPTIONS}`,
  ],
  '0002-kinds': [
    'ALTER TABLE channel ADD COLUMN closed smallint NOT NULL DEFAULT 0',
    `ALTER TABLE event
      ADD COLUMN author varchar(128),
      ADD COLUMN up int NOT NULL DEFAULT 0,
      ADD COLUMN down int NOT NULL DEFAULT 0,
      ADD COLUMN edited bigint,
      ADD COLUMN deleted smallint NOT NULL DEFAULT 0,
      ADD COLUMN ref bigint,
      ADD COLUMN digest varchar(64)`,
    `CREATE TABLE vote (
      channel_id bigint NOT NULL,
      seq bigint NOT NULL,
      voter varchar(128) NOT NULL,
      value smallint NOT NULL,
      PRIMARY KEY (channel_id, seq, voter),
      FOREIGN KEY (channel_id) REFERENCES channel (id)
    ) ${TABLE_OPTIONS}`,
  ],
  '0003-accounts': [
    `CREATE TABLE account (
      id char(36) NOT NULL PRIMARY KEY,
      username varchar(64) NOT NULL,
      name_key varchar(256) NOT NULL UNIQUE,
      email varchar(254) NOT NULL,
      email_key varchar(254) NOT NULL UNIQUE,
      password_hash varchar(255) NOT NULL,
      admin smallint NOT NULL,
      at bigint NOT NULL
    ) ${TABLE_OPTIONS}`,
    `CREATE TABLE session (
      secret_hash char(64) NOT NULL PRIMARY KEY,
      sid varchar(64) NOT NULL UNIQUE,
      account_id char(36) NOT NULL,
      at bigint NOT NULL,
      expires_at bigint NOT NULL,
      ended_at bigint,
      KEY session_account (account_id),
      KEY session_expires (expires_at),
      KEY session_ended (ended_at)
    ) ${TABLE_OPTIONS}`,
  ],
  '0004-tickets': [
    `CREATE TABLE ticket (
      hash varchar(64) NOT NULL PRIMARY KEY,
      claims mediumtext NOT NULL,
      expires_at bigint NOT NULL
    ) ${TABLE_OPTIONS}`,
  ],
  '0005-inbox': [
    `CREATE TABLE lease (
      name varchar(64) NOT NULL PRIMARY KEY,
      holder varchar(64) NOT NULL,
      expires bigint NOT NULL,
      sessions text NOT NULL
    ) ${TABLE_OPTIONS}`,
    "INSERT INTO lease (name, holder, expires, sessions) VALUES ('inbox', '', 0, '')",
  ],
};

/** MySQL 8 and MariaDB 10.6 and later. @throws StartError for TLS to an address without a name */
export function mysqlDialect(address: SqlAddress): SqlDialect {
  if (address.tls !== undefined) refuseAddressWithoutName(address.url);
  return {
    open: (limits) => new MysqlDialect({ pool: openPool(address, limits) }),
    migrations: MIGRATIONS,
    unlessThere: (insert) => insert.ignore(),
    orRaise: (insert) =>
      insert.onDuplicateKeyUpdate({
        head: sql`values(head)`,
        at: sql`values(at)`,
        closed: sql`values(closed)`,
      }),
    orReplace: (insert) => insert.onDuplicateKeyUpdate({ value: sql`values(value)` }),
    nowMs: sql`cast(unix_timestamp(now(3)) * 1000 as signed)`,
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
