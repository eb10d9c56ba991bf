import { DatabaseSync } from 'node:sqlite';

/** A message of another chat, with the name and the text that it gets here. */
export interface SpooledMessage {
  /** The name of its channel here. */
  channel: string;
  /** What distinguishes it from the other messages of its channel, the same in each export. */
  id: string;
  /** Milliseconds since 1970 (UTC). */
  at: number;
  username: string;
  text: string;
  /** The id of the first message of its thread, unless it is that message. */
  root: string | null;
}

/** The messages of an export, in the order in which they were written. */
export interface Spool extends Disposable {
  /** False when the channel has a message with this id. */
  add(message: SpooledMessage): boolean;
  count(): number;
  /** By channel, and within it by time. */
  messages(): Iterable<SpooledMessage>;
}

/**
 * Opens an empty spool. It is a private database of SQLite in the folder for temporary files
 * (SQLITE_TMPDIR, TMPDIR), because an export may be larger than memory and is not sorted by time. The
 * file has no name, so that it is gone when the process is.
 */
export function openSpool(): Spool {
  const database = new DatabaseSync('');
  database.exec(`
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -65536;
    CREATE TABLE message (
      n INTEGER PRIMARY KEY,
      channel TEXT NOT NULL,
      id TEXT NOT NULL,
      at INTEGER NOT NULL,
      username TEXT NOT NULL,
      text TEXT NOT NULL,
      root TEXT,
      UNIQUE (channel, id)
    );
    BEGIN;
  `);
  const insert = database.prepare(
    'INSERT OR IGNORE INTO message (channel, id, at, username, text, root) VALUES (?, ?, ?, ?, ?, ?)',
  );
  return {
    add({ channel, id, at, username, text, root }) {
      return insert.run(channel, id, at, username, text, root).changes === 1;
    },
    count: () => Number(database.prepare('SELECT count(*) AS n FROM message').get()?.n),
    *messages() {
      database.exec('CREATE INDEX IF NOT EXISTS message_order ON message (channel, at, n)');
      const sorted = database.prepare(
        'SELECT channel, id, at, username, text, root FROM message ORDER BY channel, at, n',
      );
      for (const row of sorted.iterate()) yield row as unknown as SpooledMessage;
    },
    [Symbol.dispose]: () => database.close(),
  };
}
