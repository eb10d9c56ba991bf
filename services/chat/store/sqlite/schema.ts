import type { DatabaseSync } from 'node:sqlite';
import { whenUnlocked } from '@parley/store/sqlite/when-unlocked.ts';
import { bringNamesUpToDate } from './names-migration.ts';

/**
 * Migration n brings a file from `user_version` n to n + 1. Never edit a released migration. The
 * table `event` is stored in the order in which it is read: a channel's events side by side.
 */
const MIGRATIONS: (string | ((database: DatabaseSync) => void))[] = [
  `
  CREATE TABLE channel (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    epoch TEXT NOT NULL,
    head INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE event (
    channel_id INTEGER NOT NULL REFERENCES channel (id),
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    username TEXT NOT NULL,
    message TEXT NOT NULL,
    server TEXT NOT NULL,
    key TEXT,
    PRIMARY KEY (channel_id, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX event_key ON event (channel_id, key) WHERE key IS NOT NULL;
  `,
  // 0002-kinds
  `
  ALTER TABLE channel ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE event ADD COLUMN author TEXT;
  ALTER TABLE event ADD COLUMN up INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE event ADD COLUMN down INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE event ADD COLUMN edited INTEGER;
  ALTER TABLE event ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE event ADD COLUMN ref INTEGER;
  ALTER TABLE event ADD COLUMN digest TEXT;
  CREATE TABLE vote (
    channel_id INTEGER NOT NULL REFERENCES channel (id),
    seq INTEGER NOT NULL,
    voter TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (channel_id, seq, voter)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE account (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    admin INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE session (
    secret_hash TEXT PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX session_account ON session (account_id);
  CREATE INDEX session_expires ON session (expires_at);
  CREATE INDEX session_ended ON session (ended_at) WHERE ended_at IS NOT NULL;
  `,
  `
  CREATE TABLE ticket (
    hash TEXT NOT NULL PRIMARY KEY,
    claims TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // 0005-inbox
  `
  CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    expires INTEGER NOT NULL,
    sessions TEXT NOT NULL
  ) STRICT;
  INSERT INTO lease (name, holder, expires, sessions) VALUES ('inbox', '', 0, '');
  `,
  // 0006-names
  (database) => {
    database.exec(`
      CREATE TABLE account_look (
        look TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX account_look_account ON account_look (account_id);
    `);
    bringNamesUpToDate(database);
  },
  // 0007-looks-in-capitals
  bringNamesUpToDate,
  // 0008-typed-events
  `
  ALTER TABLE event ADD COLUMN type TEXT;
  ALTER TABLE event ADD COLUMN data TEXT;
  `,
  // 0009-people
  `
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    by_subject TEXT NOT NULL,
    by_name TEXT NOT NULL,
    act TEXT NOT NULL,
    whom TEXT NOT NULL,
    channel TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_at ON audit (at);
  `,
  // 0010-suspended
  `
  ALTER TABLE account ADD COLUMN suspended_at INTEGER;
  CREATE INDEX account_suspended ON account (suspended_at) WHERE suspended_at IS NOT NULL;
  `,
  // 0011-replies
  `
  ALTER TABLE event ADD COLUMN reply_to INTEGER;
  ALTER TABLE event ADD COLUMN replies INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE reply (
    channel_id INTEGER NOT NULL REFERENCES channel (id),
    ref INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (channel_id, ref, seq)
  ) STRICT, WITHOUT ROWID;
  `,
  // 0012-reactions
  `
  ALTER TABLE event ADD COLUMN reactions TEXT;
  CREATE TABLE reaction (
    channel_id INTEGER NOT NULL REFERENCES channel (id),
    seq INTEGER NOT NULL,
    subject TEXT NOT NULL,
    emoji TEXT NOT NULL,
    PRIMARY KEY (channel_id, seq, subject, emoji)
  ) STRICT, WITHOUT ROWID;
  `,
  // 0013-mutes
  `
  ALTER TABLE channel ADD COLUMN muted_until INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE mute (
    channel_id INTEGER NOT NULL REFERENCES channel (id),
    subject TEXT NOT NULL,
    username TEXT NOT NULL,
    until_at INTEGER NOT NULL,
    PRIMARY KEY (channel_id, subject)
  ) STRICT, WITHOUT ROWID;
  `,
  // 0014-search
  `
  ALTER TABLE event ADD COLUMN doc INTEGER;
  ALTER TABLE channel ADD COLUMN unindexed INTEGER NOT NULL DEFAULT 0;
  UPDATE channel SET unindexed = head;
  CREATE TABLE search_message (
    doc INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    seq INTEGER NOT NULL
  ) STRICT;
  CREATE VIRTUAL TABLE search_index USING fts5 (
    words, content = '', columnsize = 0, tokenize = 'ascii'
  );
  INSERT INTO lease (name, holder, expires, sessions) VALUES ('search', '', 0, '');
  `,
  // 0015-links
  `
  CREATE TABLE link (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL,
    uses INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // 0016-mentions
  `
  ALTER TABLE event ADD COLUMN mentions TEXT;
  CREATE TABLE mention (
    channel_id INTEGER NOT NULL REFERENCES channel (id),
    seq INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    PRIMARY KEY (channel_id, seq, account_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX mention_account ON mention (account_id, channel_id, seq);
  `,
  // 0017-private-channels
  `
  ALTER TABLE channel ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE channel ADD COLUMN maker TEXT;
  ALTER TABLE channel ADD COLUMN people TEXT;
  CREATE INDEX channel_private ON channel (id) WHERE private = 1;
  CREATE UNIQUE INDEX channel_people ON channel (people) WHERE people IS NOT NULL;
  CREATE TABLE member (
    channel_id INTEGER NOT NULL REFERENCES channel (id),
    account_id TEXT NOT NULL,
    PRIMARY KEY (channel_id, account_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX member_account ON member (account_id);
  `,
  // 0018-reads
  `
  CREATE TABLE read_position (
    account_id TEXT NOT NULL,
    channel_id INTEGER NOT NULL REFERENCES channel (id),
    seq INTEGER NOT NULL,
    PRIMARY KEY (account_id, channel_id)
  ) STRICT, WITHOUT ROWID;
  `,
  // 0019-removed-accounts
  `
  CREATE INDEX mute_subject ON mute (subject);
  CREATE INDEX channel_maker ON channel (maker) WHERE maker IS NOT NULL;
  `,
  // 0020-deleted-channels
  `
  CREATE INDEX read_position_channel ON read_position (channel_id);
  `,
  // 0021-provider-accounts
  `
  ALTER TABLE account ADD COLUMN provider_subject TEXT;
  CREATE UNIQUE INDEX account_provider ON account (provider_subject)
    WHERE provider_subject IS NOT NULL;
  `,
  // 0022-email
  `
  ALTER TABLE account ADD COLUMN email_confirmed_at INTEGER;
  ALTER TABLE link ADD COLUMN email TEXT;
  `,
  // 0023-old-names
  `
  CREATE TABLE old_name (
    name TEXT NOT NULL UNIQUE,
    channel_id INTEGER NOT NULL REFERENCES channel (id),
    at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX old_name_channel ON old_name (channel_id);
  `,
];

/** The `user_version` of a file that is up to date. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the file up to date, or a test's file to an older version. It is safe when several processes start at once.
 * @throws when the file is newer than this program
 */
export function migrate(database: DatabaseSync, upTo = SCHEMA_VERSION): void {
  whenUnlocked(() => database.exec('BEGIN IMMEDIATE'));
  try {
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version > upTo) throw new Error('the file was written by a newer Parley');
    for (const migration of MIGRATIONS.slice(version, upTo)) {
      if (typeof migration === 'string') database.exec(migration);
      else migration(database);
    }
    database.exec(`PRAGMA user_version = ${upTo}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
