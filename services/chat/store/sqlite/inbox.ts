import type { DatabaseSync } from 'node:sqlite';
import { encodeSessions, parseSessions } from '../inbox-store.ts';
import { openHold } from './lease.ts';

/** The inbox's lease and keys, for the one thread that writes. */
export function openInbox(database: DatabaseSync) {
  const giveBack = database.prepare(
    `UPDATE lease SET expires = 0 WHERE name = 'inbox' AND holder = ?`,
  );
  const read = database.prepare(`SELECT sessions FROM lease WHERE name = 'inbox'`);
  const note = database.prepare(
    `UPDATE lease SET sessions = ? WHERE name = 'inbox' AND holder = ?`,
  );
  const findKey = database.prepare(
    `SELECT 1 FROM event JOIN channel ON channel.id = channel_id
     WHERE name = ? AND key IN (SELECT value FROM json_each(?)) LIMIT 1`,
  );

  return {
    hold: openHold(database, 'inbox'),
    release: (holder: string) => void giveBack.run(holder),
    sessions: () => parseSessions(String(read.get()?.sessions)),
    noteSessions: ({ holder, sessions }: { holder: string; sessions: string[] }) =>
      note.run(encodeSessions(sessions), holder).changes === 1,
    hasKey: ({ channel, keys }: { channel: string; keys: string[] }) =>
      findKey.get(channel, JSON.stringify(keys)) !== undefined,
  };
}
