import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import { whenUnlocked } from '@parley/store/sqlite/when-unlocked.ts';

/** Migration n changes the tables from version n to n + 1. Never edit a released one. */
const MIGRATIONS = [
  `
  CREATE TABLE hook (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    channels TEXT NOT NULL,
    kinds TEXT NOT NULL,
    secret TEXT NOT NULL,
    rights TEXT NOT NULL,
    by_subject TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    why TEXT NOT NULL,
    version INTEGER NOT NULL,
    set_aside INTEGER NOT NULL,
    holder TEXT NOT NULL DEFAULT '',
    expires INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE hook_position (
    hook_id TEXT NOT NULL REFERENCES hook (id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    retry_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (hook_id, channel)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX hook_position_failing ON hook_position (hook_id, since) WHERE since > 0;
  CREATE INDEX hook_position_log ON hook_position (hook_id, epoch);
  CREATE TABLE hook_failure (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hook_id TEXT NOT NULL REFERENCES hook (id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    reason TEXT NOT NULL
  ) STRICT;
  CREATE INDEX hook_failure_of ON hook_failure (hook_id, id);
  `,
  `
  CREATE TABLE hook_in (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    sender TEXT NOT NULL,
    template TEXT,
    username TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    github_secret TEXT,
    at INTEGER NOT NULL,
    by_name TEXT NOT NULL
  ) STRICT;
  CREATE TABLE hook_in_alert (
    hook_id TEXT NOT NULL REFERENCES hook_in (id) ON DELETE CASCADE,
    episode TEXT NOT NULL,
    channel TEXT NOT NULL,
    username TEXT NOT NULL,
    text TEXT NOT NULL,
    resolved INTEGER NOT NULL,
    round INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (hook_id, episode)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX hook_in_alert_at ON hook_in_alert (at);
  `,
  'ALTER TABLE hook_in ADD COLUMN rights TEXT',
];

/**
 * Migrates the tables of the hooks, in a file of their own or in chat's file. Several processes may
 * start at the same time.
 * @throws when the tables are newer than this program
 */
export function migrate(database: DatabaseSync): void {
  whenUnlocked(() =>
    inTransaction(database, () => {
      database.exec('CREATE TABLE IF NOT EXISTS hook_migration (version INTEGER NOT NULL) STRICT');
      const row = database.prepare('SELECT max(version) AS version FROM hook_migration').get();
      const version = Number(row?.version ?? 0);
      if (version > MIGRATIONS.length) throw new Error('the file was written by a newer Parley');
      for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
      if (version < MIGRATIONS.length) {
        database.prepare('INSERT INTO hook_migration VALUES (?)').run(MIGRATIONS.length);
      }
    }),
  );
}
