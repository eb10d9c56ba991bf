import type { DatabaseSync } from 'node:sqlite';
import { newEpoch } from '../epoch.ts';
import type { ChannelRow } from '../event-row.ts';
import { type KnownRow, number, replay } from '../numbering.ts';
import type { Append, Appended, TrimQuery } from '../store.ts';
import { trimUpTo } from '../trim.ts';
import { inTransaction } from './in-transaction.ts';

/** The write side of the log, for the one thread that writes. */
export function openWriter(database: DatabaseSync) {
  const findChannel = database.prepare('SELECT id, epoch, head FROM channel WHERE name = ?');
  const addChannel = database.prepare(
    'INSERT INTO channel (name, epoch, head, at) VALUES (?, ?, 0, 0) RETURNING id, epoch, head',
  );
  const raiseHead = database.prepare('UPDATE channel SET head = ?, at = ? WHERE id = ?');
  const findKey = database.prepare(
    'SELECT seq, at, username, message, server FROM event WHERE channel_id = ? AND key = ?',
  );
  const addEvent = database.prepare(
    `INSERT INTO event (channel_id, seq, kind, at, username, message, server, key)
     VALUES (?, ?, 'message', ?, ?, ?, ?, ?)`,
  );

  const findOldest = database.prepare(
    'SELECT seq, at FROM event WHERE channel_id = ? ORDER BY seq LIMIT ?',
  );
  const removeUpTo = database.prepare('DELETE FROM event WHERE channel_id = ? AND seq <= ?');

  function channelRow(name: string): ChannelRow {
    const row = findChannel.get(name) ?? addChannel.get(name, newEpoch());
    return row as unknown as ChannelRow;
  }

  function appendOne(channel: ChannelRow, draft: Append): Appended {
    const { key = null, at, username, message, server } = draft;
    const known = key === null ? undefined : (findKey.get(channel.id, key) as KnownRow | undefined);
    if (known) return replay(known, draft, channel.epoch);
    const stored = number(channel, draft);
    addEvent.run(channel.id, stored.event.seq, at, username, message, server, key);
    return stored;
  }

  function appendAll(batch: Append[]): Appended[] {
    const channels = new Map<string, ChannelRow>();
    const raised = new Map<ChannelRow, number>();
    const results = batch.map((draft) => {
      const row = channels.get(draft.channel) ?? channelRow(draft.channel);
      channels.set(draft.channel, row);
      const appended = appendOne(row, draft);
      if (appended.outcome === 'stored') raised.set(row, draft.at);
      return appended;
    });
    for (const [row, at] of raised) raiseHead.run(row.head, at, row.id);
    return results;
  }

  function trim(query: TrimQuery): number {
    const channel = findChannel.get(query.channel) as unknown as ChannelRow | undefined;
    if (!channel) return 0;
    const oldest = findOldest.all(channel.id, query.limit) as { seq: number; at: number }[];
    const upTo = trimUpTo(oldest, channel.head, query);
    return upTo === 0 ? 0 : Number(removeUpTo.run(channel.id, upTo).changes);
  }

  return {
    trim: (query: TrimQuery) => inTransaction(database, () => trim(query)),
    append: (batch: Append[]) => inTransaction(database, () => appendAll(batch)),
    /** Proves that the file takes writes: a page is written and committed, with what it held before. */
    check(): void {
      inTransaction(database, () => {
        const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
        database.exec(`PRAGMA user_version = ${version}`);
      });
    },
  };
}
