import type { DatabaseSync } from 'node:sqlite';
import type { StoredRow } from '../../event-row.ts';
import type { Indexed } from '../../search.ts';
import { indexText } from './index-text.ts';

/**
 * A message's number in the index rises with its time: the second it was posted in, and its place
 * among the messages of that second. So the index finds the newest messages first, and is read from
 * any time on.
 */
export const PLACES = 2 ** 21;
/** A number of the index has 53 bits: seconds until the year 2106. */
const SECONDS_MAX = 2 ** 32 - 1;

/** The lowest number of the messages since `at`, milliseconds since 1970 (UTC). */
export function firstDoc(at: number): number {
  if (at === Number.MAX_SAFE_INTEGER) return at;
  const seconds = Math.ceil(at / 1000);
  return Math.max(0, Math.min(seconds, SECONDS_MAX)) * PLACES;
}

type Row = Pick<StoredRow, 'seq' | 'kind' | 'at' | 'username' | 'message' | 'deleted'>;

/** Writes the index of messages' words, in the transaction that is open. */
export function openIndexWriter(database: DatabaseSync) {
  const lastDoc = database.prepare(
    'SELECT doc FROM search_message WHERE doc >= ? AND doc < ? ORDER BY doc DESC LIMIT 1',
  );
  const addDoc = database.prepare('INSERT INTO search_message VALUES (?, ?, ?)');
  const removeDoc = database.prepare('DELETE FROM search_message WHERE doc = ?');
  const setDoc = database.prepare('UPDATE event SET doc = ? WHERE channel_id = ? AND seq = ?');
  const findDoc = database.prepare('SELECT doc FROM event WHERE channel_id = ? AND seq = ?');
  const addWords = database.prepare('INSERT INTO search_index (rowid, words) VALUES (?, ?)');
  // The index has no texts of its own: it removes the words of a text that it is given.
  const removeWords = database.prepare(
    `INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', ?, ?)`,
  );
  const overwrite = database.prepare(
    `INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', ?)`,
  );
  const columns = 'seq, kind, at, username, message, deleted, doc';
  const findUpTo = database.prepare(
    `SELECT ${columns} FROM event WHERE channel_id = ? AND seq <= ? AND doc IS NOT NULL`,
  );
  const findMissing = database.prepare(
    `SELECT ${columns} FROM event
     WHERE channel_id = ? AND seq <= ? AND kind = 'message' AND deleted = 0 AND doc IS NULL
     ORDER BY seq DESC LIMIT ?`,
  );
  const findChannel = database.prepare('SELECT id, unindexed FROM channel WHERE name = ?');
  const setUnindexed = database.prepare('UPDATE channel SET unindexed = ? WHERE id = ?');

  /** The last number given in this transaction; `first` is that of its second. */
  let last: { first: number; doc: number } | undefined;
  let overwrites = false;

  function newDoc(at: number): number {
    const first = firstDoc(Math.floor(at / 1000) * 1000);
    const before = last?.first === first ? last.doc : lastDoc.get(first, first + PLACES)?.doc;
    const doc = before === undefined ? first : Number(before) + 1;
    if (doc === first + PLACES) return newDoc(at + 1000);
    last = { first, doc };
    return doc;
  }

  /** Adds a message. Returns its number in the index; null for an event that is not searched. */
  function add(channelId: number, row: Row): number | null {
    const words = indexText(channelId, row);
    if (words === undefined) return null;
    const doc = newDoc(row.at);
    addDoc.run(doc, channelId, row.seq);
    addWords.run(doc, words);
    return doc;
  }

  function remove(channelId: number, row: Row, doc: number): void {
    const words = indexText(channelId, row);
    if (words !== undefined) removeWords.run(doc, words);
  }

  return {
    add,

    /**
     * Runs work on the index in the transaction that is open. SQLite overwrites words that are removed
     * only after an edit or a delete, because adding words takes longer meanwhile.
     */
    inTransaction<T>(work: () => T): T {
      last = undefined;
      overwrites = false;
      const result = work();
      if (overwrites) overwrite.run(0n);
      return result;
    },

    /** Replaces the words of an edited message, and removes those of a deleted one. */
    change(channelId: number, before: Row, after: Row): void {
      const doc = findDoc.get(channelId, before.seq)?.doc ?? null;
      if (doc === null || before.message === after.message) return;
      if (!overwrites) overwrite.run(1n);
      overwrites = true;
      remove(channelId, before, Number(doc));
      const words = indexText(channelId, after);
      if (words !== undefined) {
        addWords.run(doc, words);
      } else {
        removeDoc.run(doc);
        setDoc.run(null, channelId, before.seq);
      }
    },

    /**
     * Removes the messages up to `seq`. Must be called before their events are removed. To overwrite
     * their words at once would take as long as storing them ten times: SQLite drops the words when it
     * next merges that part of the index.
     */
    removeUpTo(channelId: number, seq: number): void {
      for (const row of findUpTo.all(channelId, seq)) {
        remove(channelId, row as unknown as Row, Number(row.doc));
        removeDoc.run(Number(row.doc));
      }
    },

    /** Adds a channel's newest messages from before the index, `limit` at most. */
    addMissing(name: string, limit: number): Indexed {
      const { id, unindexed } = findChannel.get(name) ?? { id: 0, unindexed: 0 };
      if (unindexed === 0) return { added: 0, done: true };
      const rows = findMissing.all(Number(id), Number(unindexed), limit) as unknown as Row[];
      const step = rows.length < limit ? rows : withoutOldestSecond(rows);
      for (const row of step.toReversed()) setDoc.run(add(Number(id), row), Number(id), row.seq);
      const left = rows.length < limit ? 0 : (step.at(-1)?.seq ?? 1) - 1;
      setUnindexed.run(left, Number(id));
      return { added: step.length, done: left === 0 };
    },
  };
}

/**
 * The messages of one second get their numbers in one step, because the numbers rise with their
 * seqs; only more than a step has are divided.
 */
function withoutOldestSecond(rows: Row[]): Row[] {
  const second = (row: Row | undefined) => Math.floor((row?.at ?? 0) / 1000);
  const oldest = second(rows.at(-1));
  const end = rows.findLastIndex((row) => second(row) !== oldest) + 1;
  return end > 0 ? rows.slice(0, end) : rows;
}
