import type { DatabaseSync } from 'node:sqlite';
import {
  accountKeys,
  candidatesOf,
  SPOKEN_EVENTS,
  spokenNames,
  withMentions,
} from '../../decide/mentions.ts';
import type { Draft } from '../../store.ts';

/** Opens what finds the mentions of a batch. */
export function openFindMentions(database: DatabaseSync): (batch: Draft[]) => Draft[] {
  const findAccount = database.prepare('SELECT id, username FROM account WHERE name_key = ?');
  const findSpoken = database.prepare(
    `SELECT DISTINCT username FROM channel
     JOIN event ON event.channel_id = channel.id AND event.seq > channel.head - ${SPOKEN_EVENTS}
     WHERE channel.name = ? AND event.username IN (SELECT value FROM json_each(?))`,
  );
  return (batch) => {
    const candidates = candidatesOf(batch);
    if (candidates.size === 0) return batch;
    const accounts = accountKeys(candidates).flatMap((key) => {
      const row = findAccount.get(key);
      return row ? [[key, { id: String(row.id), username: String(row.username) }] as const] : [];
    });
    const spoken = [...spokenNames(candidates)].map(([channel, names]) => {
      const rows = findSpoken.all(channel, JSON.stringify(names));
      return [channel, new Set(rows.map(({ username }) => String(username)))] as const;
    });
    return withMentions(batch, candidates, {
      accounts: new Map(accounts),
      spoken: new Map(spoken),
    });
  };
}
