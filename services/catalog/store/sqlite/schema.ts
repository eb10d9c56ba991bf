import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import { whenUnlocked } from '@parley/store/sqlite/when-unlocked.ts';

const time = (column: string) =>
  `strftime('%Y-%m-%dT%H:%M:%S', ${column} / 1000000, 'unixepoch') || printf('.%06dZ', ${column} % 1000000)`;
const text = (field: string) => `json_extract(decoded, '$.${field}') AS ${field}`;
const integer = (field: string) =>
  `CAST(json_extract(decoded, '$.${field}') AS INTEGER) AS ${field}`;
/** SQLite has no NaN and stores NULL instead. */
const float = (field: string) =>
  `CASE json_extract(decoded, '$.${field}') WHEN 'Infinity' THEN 9e999 WHEN '-Infinity' THEN -9e999
     WHEN 'NaN' THEN NULL ELSE CAST(json_extract(decoded, '$.${field}') AS REAL) END AS ${field}`;

function view(feed: string, columns: string[]): string {
  return `CREATE VIEW ${feed} AS SELECT record.seq, ${time('published_us')} AS published,
      ${time('received_us')} AS received, stream_seq, ${columns.join(',\n')}
    FROM catalog_record AS record JOIN catalog_feed AS feed ON feed.id = record.feed_id
    WHERE feed.name = '${feed}';`;
}

/** Migration n changes the tables from version n to n + 1. Never edit a released one. */
const MIGRATIONS = [
  `
  CREATE TABLE catalog_feed (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    head INTEGER NOT NULL,
    dead INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE catalog_stream (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    created TEXT NOT NULL,
    UNIQUE (name, created)
  ) STRICT;
  CREATE TABLE catalog_record (
    feed_id INTEGER NOT NULL REFERENCES catalog_feed (id),
    seq INTEGER NOT NULL,
    stream_id INTEGER NOT NULL REFERENCES catalog_stream (id),
    stream_seq INTEGER NOT NULL,
    published_us INTEGER NOT NULL,
    received_us INTEGER NOT NULL,
    message_id TEXT,
    size INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    decoded TEXT NOT NULL,
    PRIMARY KEY (feed_id, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX catalog_record_message ON catalog_record (stream_id, stream_seq, published_us);
  CREATE UNIQUE INDEX catalog_record_id ON catalog_record (stream_id, message_id) WHERE message_id IS NOT NULL;
  CREATE INDEX catalog_record_time ON catalog_record (feed_id, published_us, seq);
  CREATE TABLE catalog_dead_letter (
    feed_id INTEGER NOT NULL REFERENCES catalog_feed (id),
    stream_id INTEGER NOT NULL REFERENCES catalog_stream (id),
    stream_seq INTEGER NOT NULL,
    published_us INTEGER NOT NULL,
    received_us INTEGER NOT NULL,
    message_id TEXT,
    reason TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (stream_id, stream_seq, published_us)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX catalog_dead_letter_id ON catalog_dead_letter (stream_id, message_id) WHERE message_id IS NOT NULL;
  ${view('sport_event', [text('sport'), text('match_title'), text('data_event')])}
  ${view('execution', [
    text('symbol'),
    text('market'),
    float('price'),
    float('quantity'),
    integer('executionEpoch'),
    text('stateSymbol'),
  ])}
  `,
];

/**
 * Migrates the catalog's tables, in a file of their own or in chat's file. Several processes may
 * start at the same time.
 * @throws when the tables are newer than this program
 */
export function migrate(database: DatabaseSync): void {
  whenUnlocked(() =>
    inTransaction(database, () => {
      database.exec(
        'CREATE TABLE IF NOT EXISTS catalog_migration (version INTEGER NOT NULL) STRICT',
      );
      const row = database.prepare('SELECT max(version) AS version FROM catalog_migration').get();
      const version = Number(row?.version ?? 0);
      if (version > MIGRATIONS.length) throw new Error('the file was written by a newer Parley');
      for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
      if (version < MIGRATIONS.length) {
        database.prepare('INSERT INTO catalog_migration VALUES (?)').run(MIGRATIONS.length);
      }
    }),
  );
}
