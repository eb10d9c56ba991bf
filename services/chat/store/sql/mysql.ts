import { MysqlDialect, sql } from 'kysely';
import { createPool } from 'mysql2';
import { CONNECT_LIMIT_MS, LOCK_LIMIT_SECONDS, POOL_MAX, type SqlDialect } from './dialect.ts';

/** ER_LOCK_WAIT_TIMEOUT and ER_LOCK_DEADLOCK (MySQL server error reference). */
const RETRYABLE = new Set([1205, 1213]);

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
};

/** MySQL 8 and MariaDB 10.6 and later. `ca` is the PEM text of the authority to trust; with it TLS is on. */
export function mysqlDialect(
  url: string,
  { ca, onError }: { ca: string | undefined; onError: (error: Error) => void },
): SqlDialect {
  const pool = createPool({
    uri: url,
    connectionLimit: POOL_MAX,
    connectTimeout: CONNECT_LIMIT_MS,
    charset: 'utf8mb4_bin',
    enableKeepAlive: true,
    ...(ca !== undefined && { ssl: { ca } }),
  });
  pool.on('connection', (connection) => {
    connection.on('error', onError);
    connection.query(
      `SET SESSION innodb_lock_wait_timeout = ${LOCK_LIMIT_SECONDS}, sql_mode = 'STRICT_ALL_TABLES'`,
    );
  });
  return {
    kysely: new MysqlDialect({ pool }),
    migrations: MIGRATIONS,
    unlessThere: (insert) => insert.ignore(),
    orRaise: (insert) =>
      insert.onDuplicateKeyUpdate({ head: sql`values(head)`, at: sql`values(at)` }),
    isRetryable: (error) => RETRYABLE.has(Number((error as { errno?: unknown }).errno)),
  };
}
