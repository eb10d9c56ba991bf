import { postgresServer } from '@parley/store/sql/postgres-server.ts';
import type { SqlAddress } from '@parley/store/sql/sql-server.ts';
import type { SqlDialect } from './dialect.ts';

const time = (column: string) => `timestamptz 'epoch' + ${column} * interval '1 microsecond'`;
const text = (field: string) => `data ->> '${field}' AS ${field}`;
const typed = (type: string) => (field: string) => `(data ->> '${field}')::${type} AS ${field}`;
const [float, integer] = [typed('real'), typed('bigint')];

/**
 * PostgreSQL has no text with NUL. JSON with NUL is stored unchanged, and the view shows U+FFFD
 * instead.
 */
const DATA = String.raw`CASE WHEN position('\u0000' IN decoded) > 0
  THEN regexp_replace(decoded, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g') ELSE decoded END`;

function view(feed: string, columns: string[]): string {
  return `CREATE VIEW ${feed} AS SELECT record.seq, ${time('published_us')} AS published,
      ${time('received_us')} AS received, stream_seq, ${columns.join(', ')}
    FROM catalog_record AS record JOIN catalog_feed AS feed ON feed.id = record.feed_id
    CROSS JOIN LATERAL (SELECT (${DATA})::json AS data) AS shown
    WHERE feed.name = '${feed}'`;
}

const MIGRATIONS = {
  '0001-catalog': [
    `CREATE TABLE catalog_feed (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text NOT NULL UNIQUE,
      head bigint NOT NULL,
      dead bigint NOT NULL
    )`,
    `CREATE TABLE catalog_stream (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text NOT NULL,
      created text NOT NULL,
      UNIQUE (name, created)
    )`,
    `CREATE TABLE catalog_record (
      feed_id bigint NOT NULL REFERENCES catalog_feed (id),
      seq bigint NOT NULL,
      stream_id bigint NOT NULL REFERENCES catalog_stream (id),
      stream_seq bigint NOT NULL,
      published_us bigint NOT NULL,
      received_us bigint NOT NULL,
      message_id text,
      size bigint NOT NULL,
      bytes bytea NOT NULL,
      decoded text NOT NULL,
      PRIMARY KEY (feed_id, seq)
    )`,
    'CREATE UNIQUE INDEX catalog_record_message ON catalog_record (stream_id, stream_seq, published_us)',
    'CREATE UNIQUE INDEX catalog_record_id ON catalog_record (stream_id, message_id) WHERE message_id IS NOT NULL',
    'CREATE INDEX catalog_record_time ON catalog_record (feed_id, published_us, seq)',
    `CREATE TABLE catalog_dead_letter (
      feed_id bigint NOT NULL REFERENCES catalog_feed (id),
      stream_id bigint NOT NULL REFERENCES catalog_stream (id),
      stream_seq bigint NOT NULL,
      published_us bigint NOT NULL,
      received_us bigint NOT NULL,
      message_id text,
      reason text NOT NULL,
      bytes bytea NOT NULL,
      PRIMARY KEY (stream_id, stream_seq, published_us)
    )`,
    'CREATE UNIQUE INDEX catalog_dead_letter_id ON catalog_dead_letter (stream_id, message_id) WHERE message_id IS NOT NULL',
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

/** PostgreSQL 14 and later. Without `tls` the address decides whether TLS is used. */
export function postgresDialect(address: SqlAddress): SqlDialect {
  return {
    ...postgresServer(address),
    migrations: MIGRATIONS,
    unlessThere: (insert) => insert.onConflict((conflict) => conflict.doNothing()),
  };
}
