import { postgresServer } from '@parley/store/sql/postgres-server.ts';
import type { SqlAddress } from '@parley/store/sql/sql-server.ts';
import { sql } from 'kysely';
import { appendPosts } from './append-posts.ts';
import type { SqlDialect } from './dialect.ts';
import { bringNamesUpToDate } from './names-migration.ts';
import { postgresWords } from './search/postgres-words.ts';

const MIGRATIONS: SqlDialect['migrations'] = {
  '0001-channels-and-events': [
    // "C" compares bytes, as the other stores do, so that all list channels in the same order.
    `CREATE TABLE channel (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text COLLATE "C" NOT NULL UNIQUE,
      epoch text NOT NULL,
      head bigint NOT NULL,
      at bigint NOT NULL
    )`,
    `CREATE TABLE event (
      channel_id bigint NOT NULL REFERENCES channel (id),
      seq bigint NOT NULL,
      kind text NOT NULL,
      at bigint NOT NULL,
      username text NOT NULL,
      message text NOT NULL,
      server text NOT NULL,
      key text,
      PRIMARY KEY (channel_id, seq)
    )`,
    'CREATE UNIQUE INDEX event_key ON event (channel_id, key) WHERE key IS NOT NULL',
  ],
  '0002-kinds': [
    'ALTER TABLE channel ADD COLUMN closed smallint NOT NULL DEFAULT 0',
    `ALTER TABLE event
      ADD COLUMN author text,
      ADD COLUMN up integer NOT NULL DEFAULT 0,
      ADD COLUMN down integer NOT NULL DEFAULT 0,
      ADD COLUMN edited bigint,
      ADD COLUMN deleted smallint NOT NULL DEFAULT 0,
      ADD COLUMN ref bigint,
      ADD COLUMN digest text`,
    `CREATE TABLE vote (
      channel_id bigint NOT NULL REFERENCES channel (id),
      seq bigint NOT NULL,
      voter text COLLATE "C" NOT NULL,
      value smallint NOT NULL,
      PRIMARY KEY (channel_id, seq, voter)
    )`,
  ],
  '0003-accounts': [
    `CREATE TABLE account (
      id text PRIMARY KEY,
      username text NOT NULL,
      name_key text COLLATE "C" NOT NULL UNIQUE,
      email text NOT NULL,
      email_key text COLLATE "C" NOT NULL UNIQUE,
      password_hash text NOT NULL,
      admin smallint NOT NULL,
      at bigint NOT NULL
    )`,
    `CREATE TABLE session (
      secret_hash text PRIMARY KEY,
      sid text NOT NULL UNIQUE,
      account_id text NOT NULL,
      at bigint NOT NULL,
      expires_at bigint NOT NULL,
      ended_at bigint
    )`,
    'CREATE INDEX session_account ON session (account_id)',
    'CREATE INDEX session_expires ON session (expires_at)',
    'CREATE INDEX session_ended ON session (ended_at) WHERE ended_at IS NOT NULL',
  ],
  '0004-tickets': [
    `CREATE TABLE ticket (
      hash text COLLATE "C" NOT NULL PRIMARY KEY,
      claims text NOT NULL,
      expires_at bigint NOT NULL
    )`,
  ],
  '0005-inbox': [
    `CREATE TABLE lease (
      name text NOT NULL PRIMARY KEY,
      holder text NOT NULL,
      expires bigint NOT NULL,
      sessions text NOT NULL
    )`,
    "INSERT INTO lease (name, holder, expires, sessions) VALUES ('inbox', '', 0, '')",
  ],
  '0006-names': [
    `CREATE TABLE account_look (
      look text COLLATE "C" NOT NULL PRIMARY KEY,
      account_id text NOT NULL
    )`,
    'CREATE INDEX account_look_account ON account_look (account_id)',
    (database) => bringNamesUpToDate(database, unlessThere),
  ],
  '0007-looks-in-capitals': [(database) => bringNamesUpToDate(database, unlessThere)],
  '0008-typed-events': ['ALTER TABLE event ADD COLUMN type text, ADD COLUMN data text'],
  '0009-people': [
    `CREATE TABLE audit (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at bigint NOT NULL,
      by_subject text NOT NULL,
      by_name text NOT NULL,
      act text NOT NULL,
      whom text NOT NULL,
      channel text NOT NULL,
      detail text NOT NULL
    )`,
    'CREATE INDEX audit_at ON audit (at)',
  ],
  '0010-suspended': [
    'ALTER TABLE account ADD COLUMN suspended_at bigint',
    'CREATE INDEX account_suspended ON account (suspended_at) WHERE suspended_at IS NOT NULL',
  ],
  '0011-replies': [
    `ALTER TABLE event
      ADD COLUMN reply_to bigint,
      ADD COLUMN replies integer NOT NULL DEFAULT 0`,
    `CREATE TABLE reply (
      channel_id bigint NOT NULL REFERENCES channel (id),
      ref bigint NOT NULL,
      seq bigint NOT NULL,
      PRIMARY KEY (channel_id, ref, seq)
    )`,
  ],
  '0012-reactions': [
    'ALTER TABLE event ADD COLUMN reactions text',
    `CREATE TABLE reaction (
      channel_id bigint NOT NULL REFERENCES channel (id),
      seq bigint NOT NULL,
      subject text COLLATE "C" NOT NULL,
      emoji text COLLATE "C" NOT NULL,
      PRIMARY KEY (channel_id, seq, subject, emoji)
    )`,
  ],
  '0013-mutes': [
    'ALTER TABLE channel ADD COLUMN muted_until bigint NOT NULL DEFAULT 0',
    `CREATE TABLE mute (
      channel_id bigint NOT NULL REFERENCES channel (id),
      subject text NOT NULL,
      username text NOT NULL,
      until_at bigint NOT NULL,
      PRIMARY KEY (channel_id, subject)
    )`,
  ],
  '0014-search': [
    'ALTER TABLE channel ADD COLUMN unindexed bigint NOT NULL DEFAULT 0',
    'UPDATE channel SET unindexed = head',
    `CREATE TABLE search_message (
      channel_id bigint NOT NULL REFERENCES channel (id),
      at bigint NOT NULL,
      seq bigint NOT NULL,
      words tsvector NOT NULL,
      PRIMARY KEY (channel_id, at, seq)
    )`,
    'CREATE INDEX search_message_at ON search_message (at, channel_id, seq)',
    // A short list of waiting words, so that no post waits long until it is written to the index.
    'CREATE INDEX search_message_words ON search_message USING gin (words) WITH (gin_pending_list_limit = 512)',
    "INSERT INTO lease (name, holder, expires, sessions) VALUES ('search', '', 0, '')",
  ],
  '0015-links': [
    `CREATE TABLE link (
      id text PRIMARY KEY,
      kind text NOT NULL,
      hash text NOT NULL UNIQUE,
      account_id text NOT NULL,
      uses integer NOT NULL,
      expires_at bigint NOT NULL
    )`,
  ],
  '0016-mentions': [
    'ALTER TABLE event ADD COLUMN mentions text',
    `CREATE TABLE mention (
      channel_id bigint NOT NULL REFERENCES channel (id),
      seq bigint NOT NULL,
      account_id text NOT NULL,
      PRIMARY KEY (channel_id, seq, account_id)
    )`,
    'CREATE INDEX mention_account ON mention (account_id, channel_id, seq)',
  ],
  '0017-private-channels': [
    `ALTER TABLE channel
      ADD COLUMN private smallint NOT NULL DEFAULT 0,
      ADD COLUMN maker text,
      ADD COLUMN people text COLLATE "C" UNIQUE`,
    `CREATE TABLE member (
      channel_id bigint NOT NULL REFERENCES channel (id),
      account_id text NOT NULL,
      PRIMARY KEY (channel_id, account_id)
    )`,
    'CREATE INDEX member_account ON member (account_id)',
    'CREATE INDEX channel_private ON channel (id) WHERE private = 1',
  ],
  '0018-reads': [
    `CREATE TABLE read_position (
      account_id text NOT NULL,
      channel_id bigint NOT NULL REFERENCES channel (id),
      seq bigint NOT NULL,
      PRIMARY KEY (account_id, channel_id)
    )`,
  ],
  '0019-removed-accounts': [
    'CREATE INDEX mute_subject ON mute (subject)',
    'CREATE INDEX channel_maker ON channel (maker) WHERE maker IS NOT NULL',
  ],
  '0020-deleted-channels': ['CREATE INDEX read_position_channel ON read_position (channel_id)'],
  '0021-provider-accounts': [
    'ALTER TABLE account ADD COLUMN provider_subject text COLLATE "C" UNIQUE',
  ],
  '0022-email': [
    'ALTER TABLE account ADD COLUMN email_confirmed_at bigint',
    'ALTER TABLE link ADD COLUMN email text',
  ],
  '0023-old-names': [
    `CREATE TABLE old_name (
      name text COLLATE "C" PRIMARY KEY,
      channel_id bigint NOT NULL REFERENCES channel (id),
      at bigint NOT NULL
    )`,
    'CREATE INDEX old_name_channel ON old_name (channel_id)',
  ],
};

const unlessThere: SqlDialect['unlessThere'] = (insert) =>
  insert.onConflict((conflict) => conflict.doNothing());

/** PostgreSQL 14 and later. Without `tls` the address decides about TLS. */
export function postgresDialect(address: SqlAddress): SqlDialect {
  return {
    ...postgresServer(address),
    migrations: MIGRATIONS,
    unlessThere,
    orRaise: (insert) =>
      insert.onConflict((conflict) =>
        conflict.column('name').doUpdateSet(({ ref }) => ({
          head: ref('excluded.head'),
          at: ref('excluded.at'),
          closed: ref('excluded.closed'),
        })),
      ),
    // The query gives the table its name, and `ROWS FROM` its columns.
    askedTable: (json) =>
      sql`ROWS FROM (json_to_recordset(${json}::json) AS (account_id text, name text))`,
    orGoForward: (insert) =>
      insert.onConflict((conflict) =>
        conflict
          .columns(['account_id', 'channel_id'])
          .doUpdateSet({ seq: sql`greatest(read_position.seq, excluded.seq)` }),
      ),
    orReplace: (insert, { key, columns }) =>
      insert.onConflict((conflict) =>
        conflict
          .columns(key as never)
          .doUpdateSet(
            Object.fromEntries(
              columns.map((column) => [column, sql.ref(`excluded.${column}`)]),
            ) as never,
          ),
      ),
    appendPosts,
    words: postgresWords,
    nowMs: sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`,
  };
}
