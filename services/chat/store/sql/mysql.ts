import { mysqlServer } from '@parley/store/sql/mysql-server.ts';
import type { SqlAddress } from '@parley/store/sql/sql-server.ts';
import { sql } from 'kysely';
import type { SqlDialect } from './dialect.ts';
import { bringNamesUpToDate } from './names-migration.ts';
import { mysqlWords } from './search/mysql-words.ts';

/** Compares by code point, as the other stores do, on MySQL and MariaDB alike. */
const TABLE_OPTIONS = 'ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin';

const MIGRATIONS: SqlDialect['migrations'] = {
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
  '0006-names': [
    `CREATE TABLE account_look (
      look varchar(64) NOT NULL PRIMARY KEY,
      account_id varchar(64) NOT NULL,
      KEY account_look_account (account_id)
    ) ${TABLE_OPTIONS}`,
    (database) => bringNamesUpToDate(database, unlessThere),
  ],
  '0007-looks-in-capitals': [(database) => bringNamesUpToDate(database, unlessThere)],
  '0008-typed-events': [
    'ALTER TABLE event ADD COLUMN type varchar(64), ADD COLUMN data mediumtext',
  ],
  '0009-people': [
    `CREATE TABLE audit (
      id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
      at bigint NOT NULL,
      by_subject varchar(128) NOT NULL,
      by_name varchar(64) NOT NULL,
      act varchar(32) NOT NULL,
      whom varchar(64) NOT NULL,
      channel varchar(64) NOT NULL,
      detail varchar(255) NOT NULL,
      KEY audit_at (at)
    ) ${TABLE_OPTIONS}`,
  ],
  '0010-suspended': [
    'ALTER TABLE account ADD COLUMN suspended_at bigint, ADD KEY account_suspended (suspended_at)',
  ],
  '0011-replies': [
    `ALTER TABLE event
      ADD COLUMN reply_to bigint,
      ADD COLUMN replies int NOT NULL DEFAULT 0`,
    `CREATE TABLE reply (
      channel_id bigint NOT NULL,
      ref bigint NOT NULL,
      seq bigint NOT NULL,
      PRIMARY KEY (channel_id, ref, seq),
      FOREIGN KEY (channel_id) REFERENCES channel (id)
    ) ${TABLE_OPTIONS}`,
  ],
  '0012-reactions': [
    'ALTER TABLE event ADD COLUMN reactions text',
    `CREATE TABLE reaction (
      channel_id bigint NOT NULL,
      seq bigint NOT NULL,
      subject varchar(128) NOT NULL,
      emoji varchar(32) NOT NULL,
      PRIMARY KEY (channel_id, seq, subject, emoji),
      FOREIGN KEY (channel_id) REFERENCES channel (id)
    ) ${TABLE_OPTIONS}`,
  ],
  '0013-mutes': [
    'ALTER TABLE channel ADD COLUMN muted_until bigint NOT NULL DEFAULT 0',
    `CREATE TABLE mute (
      channel_id bigint NOT NULL,
      subject varchar(128) NOT NULL,
      username varchar(64) NOT NULL,
      until_at bigint NOT NULL,
      PRIMARY KEY (channel_id, subject),
      FOREIGN KEY (channel_id) REFERENCES channel (id)
    ) ${TABLE_OPTIONS}`,
  ],
  '0014-search': [
    'ALTER TABLE channel ADD COLUMN unindexed bigint NOT NULL DEFAULT 0',
    'UPDATE channel SET unindexed = head',
    `CREATE TABLE search_message (
      channel_id bigint NOT NULL,
      at bigint NOT NULL,
      seq bigint NOT NULL,
      words mediumtext NOT NULL,
      PRIMARY KEY (channel_id, at, seq),
      KEY search_message_at (at, channel_id, seq),
      FULLTEXT KEY search_message_words (words),
      FOREIGN KEY (channel_id) REFERENCES channel (id)
    ) ${TABLE_OPTIONS}`,
    "INSERT INTO lease (name, holder, expires, sessions) VALUES ('search', '', 0, '')",
  ],
  '0015-links': [
    `CREATE TABLE link (
      id varchar(64) NOT NULL PRIMARY KEY,
      kind varchar(16) NOT NULL,
      hash varchar(64) NOT NULL UNIQUE,
      account_id varchar(64) NOT NULL,
      uses int NOT NULL,
      expires_at bigint NOT NULL
    ) ${TABLE_OPTIONS}`,
  ],
  '0016-mentions': [
    'ALTER TABLE event ADD COLUMN mentions text',
    `CREATE TABLE mention (
      channel_id bigint NOT NULL,
      seq bigint NOT NULL,
      account_id varchar(64) NOT NULL,
      PRIMARY KEY (channel_id, seq, account_id),
      KEY mention_account (account_id, channel_id, seq),
      FOREIGN KEY (channel_id) REFERENCES channel (id)
    ) ${TABLE_OPTIONS}`,
  ],
  '0017-private-channels': [
    `ALTER TABLE channel
      ADD COLUMN private smallint NOT NULL DEFAULT 0,
      ADD COLUMN maker varchar(64),
      ADD COLUMN people varchar(64) UNIQUE,
      ADD KEY channel_private (private, id)`,
    `CREATE TABLE member (
      channel_id bigint NOT NULL,
      account_id varchar(64) NOT NULL,
      PRIMARY KEY (channel_id, account_id),
      KEY member_account (account_id),
      FOREIGN KEY (channel_id) REFERENCES channel (id)
    ) ${TABLE_OPTIONS}`,
  ],
  '0018-reads': [
    `CREATE TABLE read_position (
      account_id varchar(64) NOT NULL,
      channel_id bigint NOT NULL,
      seq bigint NOT NULL,
      PRIMARY KEY (account_id, channel_id),
      FOREIGN KEY (channel_id) REFERENCES channel (id)
    ) ${TABLE_OPTIONS}`,
  ],
  '0019-removed-accounts': [
    'CREATE INDEX mute_subject ON mute (subject)',
    'CREATE INDEX channel_maker ON channel (maker)',
  ],
  '0021-provider-accounts': ['ALTER TABLE account ADD COLUMN provider_subject varchar(128) UNIQUE'],
  '0022-email': [
    'ALTER TABLE account ADD COLUMN email_confirmed_at bigint',
    'ALTER TABLE link ADD COLUMN email varchar(254)',
  ],
  '0023-old-names': [
    `CREATE TABLE old_name (
      name varchar(64) NOT NULL PRIMARY KEY,
      channel_id bigint NOT NULL,
      at bigint NOT NULL,
      FOREIGN KEY (channel_id) REFERENCES channel (id)
    ) ${TABLE_OPTIONS}`,
  ],
};

const unlessThere: SqlDialect['unlessThere'] = (insert) => insert.ignore();
/**
 * A batch is split into statements below this (`write-rows.ts`). An old MariaDB allows this much.
 */
const PACKET_BYTES = 1_048_576;

/** MySQL 8 and MariaDB 10.6 and later. @throws StartError for TLS to an IP address */
export function mysqlDialect(address: SqlAddress): SqlDialect {
  return {
    ...mysqlServer(address, { packetBytes: PACKET_BYTES }),
    migrations: MIGRATIONS,
    unlessThere,
    orRaise: (insert) =>
      insert.onDuplicateKeyUpdate({
        head: sql`values(head)`,
        at: sql`values(at)`,
        closed: sql`values(closed)`,
      }),
    askedTable: (json) =>
      sql`json_table(${json}, '$[*]' COLUMNS (
        account_id varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.account_id',
        name varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.name'))`,
    orGoForward: (insert) => insert.onDuplicateKeyUpdate({ seq: sql`greatest(seq, values(seq))` }),
    orReplace: (insert, { columns }) =>
      insert.onDuplicateKeyUpdate(
        Object.fromEntries(
          columns.map((column) => [column, sql`values(${sql.ref(column)})`]),
        ) as never,
      ),
    words: mysqlWords,
    nowMs: sql`cast(unix_timestamp(now(3)) * 1000 as signed)`,
  };
}
