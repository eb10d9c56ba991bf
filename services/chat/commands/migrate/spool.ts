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
  reactions: SpooledReaction[];
}

/** A reaction to a message. */
export interface SpooledReaction {
  emoji: string;
  /** The id of the person in the export. */
  by: string;
  at: number;
}

/** A message as it is read from the spool. */
export interface ReadMessage extends SpooledMessage {
  /** 1 when other messages name it as their root. */
  isRoot: number;
}

/** The messages of an export, in the order in which they were written. */
export interface Spool extends Disposable {
  /** False when the channel has a message with this id. */
  add(message: SpooledMessage): boolean;
  /** By time. */
  messages(): Iterable<ReadMessage>;
  /** Notes the number of a stored message. */
  noteSeq(message: SpooledMessage, seq: number): void;
  /** The noted number of a message; undefined when there is none. */
  seqOf(channel: string, id: string): number | undefined;
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
      reactions TEXT,
      seq INTEGER,
      UNIQUE (channel, id)
    );
    BEGIN;
  `);
  const insert = database.prepare(
    `INSERT OR IGNORE INTO message (channel, id, at, username, text, root, reactions)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const note = database.prepare('UPDATE message SET seq = ? WHERE channel = ? AND id = ?');
  const find = database.prepare('SELECT seq FROM message WHERE channel = ? AND id = ?');
  return {
    add({ channel, id, at, username, text, root, reactions }) {
      const json = reactions.length === 0 ? null : JSON.stringify(reactions);
      return insert.run(channel, id, at, username, text, root, json).changes === 1;
    },
    *messages() {
      database.exec(`
        CREATE INDEX message_order ON message (at, n);
        CREATE INDEX message_root ON message (channel, root) WHERE root IS NOT NULL;
      `);
      const sorted = database.prepare(`
        SELECT channel, id, at, username, text, root, reactions, EXISTS (
          SELECT 1 FROM message AS reply WHERE reply.channel = message.channel AND reply.root = message.id
        ) AS isRoot FROM message ORDER BY at, n
      `);
      for (const row of sorted.iterate()) {
        const reactions = JSON.parse((row.reactions as string | null) ?? '[]');
        yield { ...row, reactions } as unknown as ReadMessage;
      }
    },
    noteSeq: ({ channel, id }, seq) => void note.run(seq, channel, id),
    seqOf: (channel, id) => (find.get(channel, id)?.seq as number | null | undefined) ?? undefined,
    [Symbol.dispose]: () => database.close(),
  };
}
