import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import {
  DELETED_BEFORE,
  DELETED_FROM,
  deletedRow,
  mayRemoveRow,
  type RemovalStore,
} from '../../channels/removal.ts';
import type { AuditDraft } from '../../people/audit.ts';
import { openLogCleaner } from '../log-cleaner.ts';
import { openAddAudit } from '../people/audit.ts';

/** Tables whose rows of one channel are few, once its events are removed. */
const FEW = ['member', 'mute', 'reply', 'mention', 'vote', 'reaction'];

/** Deletes channels, for the one thread that writes. */
export function openRemovalWriter(database: DatabaseSync) {
  const addAudit = openAddAudit(database);
  const cleaner = openLogCleaner(database);
  const find = database.prepare('SELECT id, at FROM channel WHERE name = ?');
  const list = database.prepare('SELECT name FROM channel WHERE name > ? AND name < ?');
  const change = database.prepare(
    `UPDATE channel SET name = :name, head = :head, at = :at, unindexed = :unindexed,
       muted_until = :muted_until, private = :private, maker = :maker, people = :people
     WHERE id = :id`,
  );
  const removeMembers = database.prepare('DELETE FROM member WHERE channel_id = ?');
  const removeOldNames = database.prepare('DELETE FROM old_name WHERE channel_id = ?');
  const removals = FEW.map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE channel_id = ?`),
  );
  const removeReads = database.prepare(
    `DELETE FROM read_position WHERE channel_id = :id AND account_id IN (
       SELECT account_id FROM read_position WHERE channel_id = :id LIMIT :limit)`,
  );
  const removeRow = database.prepare('DELETE FROM channel WHERE id = ?');

  function finish(name: string, now: number, limit: number): number {
    const row = find.get(name);
    if (!row) return 0;
    const id = Number(row.id);
    for (const removal of removals) removal.run(id);
    const removed = Number(removeReads.run({ id, limit }).changes);
    if (removed > 0 || !mayRemoveRow(Number(row.at), now)) return removed;
    removeRow.run(id);
    cleaner.ask();
    return 0;
  }

  return {
    deleteChannel: ({ channel, at, act }: { channel: string; at: number; act?: AuditDraft }) =>
      inTransaction(database, () => {
        const row = find.get(channel);
        if (!row) return false;
        const id = Number(row.id);
        removeMembers.run(id);
        removeOldNames.run(id);
        change.run({ ...deletedRow(id, at), id });
        addAudit(act);
        return true;
      }),
    deletedChannels: () => list.all(DELETED_FROM, DELETED_BEFORE).map(({ name }) => String(name)),
    finishDeletion({ name, now, limit }: { name: string; now: number; limit: number }): number {
      const removed = inTransaction(database, () => finish(name, now, limit));
      cleaner.clean();
      return removed;
    },
  };
}

/** The deletion of channels, for callers outside the threads. */
export function sqliteRemoval(writer: ThreadCalls): RemovalStore {
  return {
    delete: (channel, at, act) => writer.call('deleteChannel', { channel, at, act }),
    left: () => writer.call('deletedChannels'),
    finish: (name, now, limit) => writer.call('finishDeletion', { name, now, limit }),
  };
}
