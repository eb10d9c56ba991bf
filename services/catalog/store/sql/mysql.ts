import { mysqlServer } from '@parley/store/sql/mysql-server.ts';
import type { SqlAddress } from '@parley/store/sql/sql-server.ts';
import type { SqlDialect } from './dialect.ts';

/** Text compares by code point, as in the other stores, on MySQL and on MariaDB. */
const TABLE_OPTIONS = 'ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin';

const time = (column: string) =>
  `TIMESTAMP('1970-01-01 00:00:00') + INTERVAL ${column} MICROSECOND`;
const field = (name: string) => `JSON_EXTRACT(decoded, '$.${name}')`;
const text = (name: string) => `JSON_UNQUOTE(${field(name)}) AS ${name}`;
const integer = (name: string) => `CAST(JSON_UNQUOTE(${field(name)}) AS SIGNED) AS ${name}`;
/** MySQL has neither NaN nor infinities. */
const float = (name: string) =>
  `CASE JSON_TYPE(${field(name)}) WHEN 'STRING' THEN NULL ELSE CAST(${field(name)} AS DOUBLE) END AS ${name}`;

function view(feed: string, columns: string[]): string {
  return `CREATE VIEW ${feed} AS SELECT record.seq, ${time('published_us')} AS published,
      ${time('received_us')} AS received, stream_seq, ${columns.join(', ')}
    FROM catalog_record AS record JOIN catalog_feed AS feed ON feed.id = record.feed_id
    WHERE feed.name = '${feed}'`;
}

/** Ids of messages are binary, which compares every byte; text would ignore spaces at its end. */
const MIGRATIONS = {
  '0001-catalog': [
    `CREATE TABLE catalog_feed (
      id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
      name varchar(64) NOT NULL UNIQUE,
      head bigint NOT NULL,
      dead bigint NOT NULL
    ) ${TABLE_OPTIONS}`,
    `CREATE TABLE catalog_stream (
      id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
      name varchar(255) NOT NULL,
      created varchar(64) NOT NULL,
      UNIQUE KEY catalog_stream_name (name, created)
    ) ${TABLE_OPTIONS}`,
    `CREATE TABLE catalog_record (
      feed_id bigint NOT NULL,
      seq bigint NOT NULL,
      stream_id bigint NOT NULL,
      stream_seq bigint NOT NULL,
      published_us bigint NOT NULL,
      received_us bigint NOT NULL,
      message_id varbinary(255),
      size bigint NOT NULL,
      bytes longblob NOT NULL,
      decoded longtext NOT NULL,
      PRIMARY KEY (feed_id, seq),
      UNIQUE KEY catalog_record_message (stream_id, stream_seq, published_us),
      UNIQUE KEY catalog_record_id (stream_id, message_id),
      KEY catalog_record_time (feed_id, published_us, seq),
      FOREIGN KEY (feed_id) REFERENCES catalog_feed (id),
      FOREIGN KEY (stream_id) REFERENCES catalog_stream (id)
    ) ${TABLE_OPTIONS}`,
    `CREATE TABLE catalog_dead_letter (
      feed_id bigint NOT NULL,
      stream_id bigint NOT NULL,
      stream_seq bigint NOT NULL,
      published_us bigint NOT NULL,
      received_us bigint NOT NULL,
      message_id varbinary(255),
      reason text NOT NULL,
      bytes longblob NOT NULL,
      PRIMARY KEY (stream_id, stream_seq, published_us),
      UNIQUE KEY catalog_dead_letter_id (stream_id, message_id),
      FOREIGN KEY (feed_id) REFERENCES catalog_feed (id),
      FOREIGN KEY (stream_id) REFERENCES catalog_stream (id)
    ) ${TABLE_OPTIONS}`,
    view('sport_event', [text('sport'), text('match_title'), text('data_event')]),
    view('execution', [
      text('symbol'),
      text('market'),
      float('price'),
      float('quantity'),
      integer('executionEpoch'),
      text('stateSymbol'),
    ]),
  ],
};

/**
 * A message with NATS's default limit, 1 MB, needs twice its bytes in hexadecimal, and its JSON the
 * same again.
 */
const PACKET_BYTES = 8_388_608;

/** MySQL 8 and MariaDB 10.6 and later. @throws StartError for TLS to an address without a name */
export function mysqlDialect(address: SqlAddress): SqlDialect {
  return {
    ...mysqlServer(address, { packetBytes: PACKET_BYTES }),
    migrations: MIGRATIONS,
    unlessThere: (insert) => insert.ignore(),
  };
}
