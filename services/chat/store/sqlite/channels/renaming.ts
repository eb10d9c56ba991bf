import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import type { LazyThread } from '@parley/store/sqlite/lazy-thread.ts';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import {
  OLD_NAMES_MAX,
  type Rename,
  type RenameOutcome,
  type RenamingStore,
} from '../../channels/renaming.ts';
import { changeRefusal } from '../../decide/decide-access.ts';
import { openFindAccess } from '../people/access.ts';
import { openAddAudit } from '../people/audit.ts';
import { openFindOldName } from './find-old-name.ts';

/** Renames channels, for the one thread that writes. */
export function openRenamingWriter(database: DatabaseSync) {
  const findAccess = openFindAccess(database);
  const findOldName = openFindOldName(database);
  const addAudit = openAddAudit(database);
  const findChannel = database.prepare('SELECT 1 FROM channel WHERE name = ?');
  const setName = database.prepare('UPDATE channel SET name = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM old_name WHERE name = ?');
  const add = database.prepare('INSERT INTO old_name (name, channel_id, at) VALUES (?, ?, ?)');
  const removeOldest = database.prepare(
    `DELETE FROM old_name WHERE channel_id = :id AND name NOT IN (
       SELECT name FROM old_name WHERE channel_id = :id ORDER BY at DESC, rowid DESC LIMIT :limit)`,
  );

  function rename({ channel, name, by, at, audit }: Rename): RenameOutcome {
    const found = findAccess(channel, { by, at });
    if (!found) return { refused: 'not-found' };
    const { row, ...access } = found;
    const refused = changeRefusal(row, access, by);
    if (refused) return { refused };
    if (name === channel) return { renamed: false };
    const old = findOldName(name);
    if (findChannel.get(name) || (old && old.id !== row.id)) return { refused: 'exists' };
    remove.run(name);
    setName.run(name, row.id);
    add.run(channel, row.id, at);
    removeOldest.run({ id: row.id, limit: OLD_NAMES_MAX });
    addAudit(audit);
    return { renamed: true };
  }

  return { rename: (draft: Rename) => inTransaction(database, () => rename(draft)) };
}

/** Reads old names, for the thread that reads. */
export function openRenamingReader(database: DatabaseSync) {
  const findOldName = openFindOldName(database);
  return { nameNow: (oldName: string) => findOldName(oldName)?.name };
}

/** The names of channels, for callers outside those threads. */
export function sqliteRenaming(writer: ThreadCalls, reader: LazyThread): RenamingStore {
  return {
    rename: (rename) => writer.call<RenameOutcome>('rename', rename),
    nameNow: (oldName) => reader.call<string | undefined>('nameNow', oldName),
  };
}
