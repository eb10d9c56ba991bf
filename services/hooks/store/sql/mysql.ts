import { mysqlServer } from '@parley/store/sql/mysql-server.ts';
import type { SqlAddress } from '@parley/store/sql/sql-server.ts';
import { sql } from 'kysely';
import { REPLACED, type SqlDialect } from './dialect.ts';

/** Text compares by code point, as in the other stores, on MySQL and on MariaDB. */
const TABLE_OPTIONS = 'ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin';

const MIGRATIONS = {
  '0001-hooks': [
    `CREATE TABLE hook (
      id varchar(32) NOT NULL PRIMARY KEY,
      name varchar(64) NOT NULL UNIQUE,
      url text NOT NULL,
      channels text NOT NULL,
      kinds text NOT NULL,
      secret varchar(255) NOT NULL,
      rights text NOT NULL,
      by_subject varchar(255) NOT NULL,
      by_name varchar(255) NOT NULL,
      at bigint NOT NULL,
      state varchar(16) NOT NULL,
      why text NOT NULL,
      version bigint NOT NULL,
      set_aside bigint NOT NULL,
      holder varchar(64) NOT NULL DEFAULT '',
      expires bigint NOT NULL DEFAULT 0
    ) ${TABLE_OPTIONS}`,
    `CREATE TABLE hook_position (
      hook_id varchar(32) NOT NULL,
      channel varchar(64) NOT NULL,
      epoch varchar(64) NOT NULL,
      seq bigint NOT NULL,
      at bigint NOT NULL,
      since bigint NOT NULL,
      tries bigint NOT NULL,
      retry_at bigint NOT NULL,
      reason text NOT NULL,
      PRIMARY KEY (hook_id, channel),
      KEY hook_position_failing (hook_id, since),
      KEY hook_position_log (hook_id, epoch),
      FOREIGN KEY (hook_id) REFERENCES hook (id) ON DELETE CASCADE
    ) ${TABLE_OPTIONS}`,
    `CREATE TABLE hook_failure (
      id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
      hook_id varchar(32) NOT NULL,
      channel varchar(64) NOT NULL,
      epoch varchar(64) NOT NULL,
      seq bigint NOT NULL,
      kind varchar(64) NOT NULL,
      at bigint NOT NULL,
      tries bigint NOT NULL,
      reason text NOT NULL,
      KEY hook_failure_of (hook_id, id),
      FOREIGN KEY (hook_id) REFERENCES hook (id) ON DELETE CASCADE
    ) ${TABLE_OPTIONS}`,
  ],
  '0002-hooks-in': [
    `CREATE TABLE hook_in (
      id varchar(32) NOT NULL PRIMARY KEY,
      name varchar(64) NOT NULL UNIQUE,
      channel varchar(64) NOT NULL,
      sender varchar(16) NOT NULL,
      template text,
      username varchar(64) NOT NULL,
      secret_hash varchar(64) NOT NULL,
      github_secret varchar(255),
      at bigint NOT NULL,
      by_name varchar(255) NOT NULL
    ) ${TABLE_OPTIONS}`,
    `CREATE TABLE hook_in_alert (
      hook_id varchar(32) NOT NULL,
      episode varchar(64) NOT NULL,
      channel varchar(64) NOT NULL,
      username varchar(64) NOT NULL,
      text text NOT NULL,
      resolved integer NOT NULL,
      round integer NOT NULL,
      seq bigint NOT NULL,
      at bigint NOT NULL,
      PRIMARY KEY (hook_id, episode),
      KEY hook_in_alert_at (at),
      FOREIGN KEY (hook_id) REFERENCES hook_in (id) ON DELETE CASCADE
    ) ${TABLE_OPTIONS}`,
  ],
  '0003-hooks-in-rights': ['ALTER TABLE hook_in ADD COLUMN rights text'],
};

/** Positions are written in statements below this. An old MariaDB allows this much. */
const PACKET_BYTES = 1_048_576;

/** MySQL 8 and MariaDB 10.6 and later. @throws StartError for TLS to an address without a name */
export function mysqlDialect(address: SqlAddress): SqlDialect {
  return {
    ...mysqlServer(address, { packetBytes: PACKET_BYTES }),
    migrations: MIGRATIONS,
    orReplace: (insert) =>
      insert.onDuplicateKeyUpdate(
        Object.fromEntries(REPLACED.map((column) => [column, sql`values(${sql.ref(column)})`])),
      ),
    nowMs: sql`cast(unix_timestamp(now(3)) * 1000 as signed)`,
  };
}
