import type { DatabaseSync } from 'node:sqlite';
import type { Vote } from '../decide/decide.ts';
import type { StoredRow } from '../event-row.ts';

/** Writes rows of `event` and `vote`. */
export function openRowWriter(database: DatabaseSync) {
  const addPost = database.prepare(
    `INSERT INTO event
       (channel_id, seq, kind, at, username, message, type, data, server, key, author, digest)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
  const removeVotes = database.prepare('DELETE FROM vote WHERE channel_id = ? AND seq <= ?');

  return {
    add(channelId: number, row: StoredRow): void {
      const { seq, kind, at, server } = row;
      if (kind !== 'message' && kind !== 'event') {
        addChange.run(channelId, seq, kind, at, server, row.ref, row.up, row.down);
        return;
      }
      const { username, message, type, data, key, author, digest } = row;
      const place = [channelId, seq, kind, at] as const;
      addPost.run(...place, username, message, type, data, server, key, author, digest);
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

    /** Removes the oldest events. Returns how many. */
    removeUpTo(channelId: number, seq: number): number {
      removeVotes.run(channelId, seq);
      return Number(removeEvents.run(channelId, seq).changes);
    },
  };
}
