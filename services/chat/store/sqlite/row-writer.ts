import type { DatabaseSync } from 'node:sqlite';
import type { Vote } from '../decide/decide.ts';
import type { StoredRow } from '../event-row.ts';

/** Writes rows of `event`, `reply` and `vote`. */
export function openRowWriter(database: DatabaseSync) {
  const addPost = database.prepare(
    `INSERT INTO event
       (channel_id, seq, kind, at, username, message, type, data, server, key, author, digest,
        reply_to)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addReply = database.prepare('INSERT INTO reply (channel_id, ref, seq) VALUES (?, ?, ?)');
  const setReplies = database.prepare(
    'UPDATE event SET replies = ? WHERE channel_id = ? AND seq = ?',
  );
  const addChange = database.prepare(
    `INSERT INTO event (channel_id, seq, kind, at, username, message, server, ref, up, down)
     VALUES (?, ?, ?, ?, '', '', ?, ?, ?, ?)`,
  );
  const changeMessage = database.prepare(
    `UPDATE event SET message = ?, data = ?, up = ?, down = ?, edited = ?, deleted = ?, digest = ?
     WHERE channel_id = ? AND seq = ?`,
  );
  const setVote = database.prepare(
    `INSERT INTO vote (channel_id, seq, voter, value) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value`,
  );
  const removeVote = database.prepare(
    'DELETE FROM vote WHERE channel_id = ? AND seq = ? AND voter = ?',
  );
  const removeVotesOn = database.prepare('DELETE FROM vote WHERE channel_id = ? AND seq = ?');
  const removeEvents = database.prepare('DELETE FROM event WHERE channel_id = ? AND seq <= ?');
  const removeReplies = database.prepare('DELETE FROM reply WHERE channel_id = ? AND ref <= ?');
  const removeVotes = database.prepare('DELETE FROM vote WHERE channel_id = ? AND seq <= ?');

  return {
    add(channelId: number, row: StoredRow): void {
      const { seq, kind, at, server } = row;
      if (kind !== 'message' && kind !== 'event') {
        addChange.run(channelId, seq, kind, at, server, row.ref, row.up, row.down);
        return;
      }
      const { username, message, type, data, key, author, digest, reply_to: ref } = row;
      const place = [channelId, seq, kind, at] as const;
      addPost.run(...place, username, message, type, data, server, key, author, digest, ref);
      if (ref !== null) addReply.run(channelId, ref, seq);
    },

    /** Sets the number of replies to a message. */
    replies(channelId: number, { seq, replies }: StoredRow): void {
      setReplies.run(replies, channelId, seq);
    },

    change(channelId: number, row: StoredRow): void {
      const { seq, message, data, up, down, edited, deleted, digest } = row;
      changeMessage.run(message, data, up, down, edited, deleted, digest, channelId, seq);
      if (deleted) removeVotesOn.run(channelId, seq);
    },

    vote(channelId: number, { ref, voter, value }: Vote): void {
      if (value === 0) removeVote.run(channelId, ref, voter);
      else setVote.run(channelId, ref, voter, value);
    },

    /** Removes the oldest events, and the threads of those. Returns how many events. */
    removeUpTo(channelId: number, seq: number): number {
      removeReplies.run(channelId, seq);
      removeVotes.run(channelId, seq);
      return Number(removeEvents.run(channelId, seq).changes);
    },
  };
}
