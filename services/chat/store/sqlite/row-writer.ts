import type { DatabaseSync } from 'node:sqlite';
import type { Reaction, Vote } from '../decide/decide.ts';
import type { StoredRow } from '../event-row.ts';

/** Writes rows of `event`, `mention`, `reply`, `vote` and `reaction`. */
export function openRowWriter(database: DatabaseSync) {
  const addPost = database.prepare(
    `INSERT INTO event
       (channel_id, seq, kind, at, username, message, type, data, server, key, author, digest,
        reply_to, mentions, doc)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addReply = database.prepare('INSERT INTO reply (channel_id, ref, seq) VALUES (?, ?, ?)');
  const setReplies = database.prepare(
    'UPDATE event SET replies = ? WHERE channel_id = ? AND seq = ?',
  );
  const addChange = database.prepare(
    `INSERT INTO event (channel_id, seq, kind, at, username, message, type, server, ref, up, down, reactions)
     VALUES (?, ?, ?, ?, '', '', ?, ?, ?, ?, ?, ?)`,
  );
  const changeMessage = database.prepare(
    `UPDATE event SET message = ?, mentions = ?, data = ?, up = ?, down = ?, reactions = ?, edited = ?,
       deleted = ?, digest = ?
     WHERE channel_id = ? AND seq = ?`,
  );
  const setVote = database.prepare(
    `INSERT INTO vote (channel_id, seq, voter, value) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value`,
  );
  const removeVote = database.prepare(
    'DELETE FROM vote WHERE channel_id = ? AND seq = ? AND voter = ?',
  );
  const addReaction = database.prepare(
    'INSERT INTO reaction (channel_id, seq, subject, emoji) VALUES (?, ?, ?, ?)',
  );
  const removeReaction = database.prepare(
    'DELETE FROM reaction WHERE channel_id = ? AND seq = ? AND subject = ? AND emoji = ?',
  );
  const [removeVotesOn, removeReactionsOn] = ['vote', 'reaction'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE channel_id = ? AND seq = ?`),
  );
  const addMention = database.prepare(
    'INSERT INTO mention (channel_id, seq, account_id) VALUES (?, ?, ?)',
  );
  const removeMentions = database.prepare('DELETE FROM mention WHERE channel_id = ? AND seq = ?');
  const removeReplies = database.prepare('DELETE FROM reply WHERE channel_id = ? AND ref <= ?');
  const removals = ['mention', 'reaction', 'vote', 'event'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE channel_id = ? AND seq <= ?`),
  );

  return {
    /** `doc` is the number of a message in the index of words. */
    add(channelId: number, row: StoredRow, doc: number | null): void {
      const { seq, kind, at, server } = row;
      if (kind !== 'message' && kind !== 'event') {
        const { type, ref, up, down, reactions } = row;
        addChange.run(channelId, seq, kind, at, type, server, ref, up, down, reactions);
        return;
      }
      const { username, message, type, data, key, author, digest, reply_to: ref, mentions } = row;
      const place = [channelId, seq, kind, at] as const;
      const content = [username, message, type, data] as const;
      addPost.run(...place, ...content, server, key, author, digest, ref, mentions, doc);
      if (ref !== null) addReply.run(channelId, ref, seq);
    },

    /** Sets the accounts that a message mentions. */
    mentions(channelId: number, { seq, accounts }: { seq: number; accounts: string[] }): void {
      removeMentions.run(channelId, seq);
      for (const id of accounts) addMention.run(channelId, seq, id);
    },

    /** Sets the number of replies to a message. */
    replies(channelId: number, { seq, replies }: StoredRow): void {
      setReplies.run(replies, channelId, seq);
    },

    change(channelId: number, row: StoredRow): void {
      const { seq, message, mentions, data, up, down, reactions, edited, deleted, digest } = row;
      const place = [channelId, seq] as const;
      const text = [message, mentions, data] as const;
      changeMessage.run(...text, up, down, reactions, edited, deleted, digest, ...place);
      if (!deleted) return;
      removeVotesOn?.run(...place);
      removeReactionsOn?.run(...place);
    },

    vote(channelId: number, { ref, voter, value }: Vote): void {
      if (value === 0) removeVote.run(channelId, ref, voter);
      else setVote.run(channelId, ref, voter, value);
    },

    reaction(channelId: number, { ref, subject, emoji, added }: Reaction): void {
      (added ? addReaction : removeReaction).run(channelId, ref, subject, emoji);
    },

    /** Removes the oldest events, and the threads of those. Returns how many events. */
    removeUpTo(channelId: number, seq: number): number {
      removeReplies.run(channelId, seq);
      const counts = removals.map((removal) => removal.run(channelId, seq).changes);
      return Number(counts.at(-1));
    },
  };
}
