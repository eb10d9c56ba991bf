import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import { asHook, changedColumns, type HookRow, startPosition } from '../hook-row.ts';
import { newHookId } from '../new-hook-id.ts';
import {
  HOOKS_MAX,
  type Hook,
  type HookDraft,
  type PutOptions,
  type PutOutcome,
} from '../store.ts';
import { openPositionWriter } from './position-writer.ts';

const COLUMNS =
  'id, name, url, channels, kinds, secret, rights, by_subject, by_name, at, state, why, version, set_aside';

/** Makes, changes, lists and removes hooks, for the one thread of the file. */
export function openHookCalls(database: DatabaseSync) {
  const list = database.prepare(`SELECT ${COLUMNS} FROM hook ORDER BY name`);
  const find = database.prepare(`SELECT ${COLUMNS} FROM hook WHERE name = ?`);
  const count = database.prepare('SELECT count(*) AS hooks FROM hook');
  const add = database.prepare(
    `INSERT INTO hook (${COLUMNS}) VALUES (:id, :name, :url, :channels, :kinds, :secret, :rights,
       :by_subject, :by_name, :at, :state, :why, 1, 0)`,
  );
  const change = database.prepare(
    `UPDATE hook SET url = :url, channels = :channels, kinds = :kinds, secret = :secret,
       rights = :rights, by_subject = :by_subject, by_name = :by_name, at = :at, state = :state,
       why = :why, version = version + 1 WHERE id = :id`,
  );
  const remove = database.prepare('DELETE FROM hook WHERE name = ?');
  const dropAll = database.prepare('DELETE FROM hook_position WHERE hook_id = ?');
  const dropOne = database.prepare('DELETE FROM hook_position WHERE hook_id = ? AND channel = ?');
  const retryNow = database.prepare(
    'UPDATE hook_position SET retry_at = 0 WHERE hook_id = ? AND since > 0',
  );
  const write = openPositionWriter(database);
  const found = (name: string) => find.get(name) as unknown as HookRow | undefined;

  function put(draft: HookDraft, { expected, newSecret, start, drop }: PutOptions): PutOutcome {
    const now = found(draft.name);
    if (now?.id !== expected?.id || now?.version !== expected?.version) return 'changed-meanwhile';
    const id = now?.id ?? newHookId();
    const secret = draft.secret ?? now?.secret ?? newSecret;
    const columns = { ...changedColumns(draft), secret, id };
    if (now) change.run(columns);
    else if (Number(count.get()?.hooks) >= HOOKS_MAX) return 'full';
    else add.run({ ...columns, name: draft.name });
    if (drop === 'all') dropAll.run(id);
    else for (const channel of drop) dropOne.run(id, channel);
    retryNow.run(id);
    for (const position of start) write(id, startPosition(position));
    return { hook: asHook(found(draft.name) as HookRow), isNew: !now };
  }

  return {
    list: (): Hook[] => (list.all() as unknown as HookRow[]).map(asHook),
    find(name: string): Hook | undefined {
      const row = found(name);
      return row && asHook(row);
    },
    put: ({ draft, options }: { draft: HookDraft; options: PutOptions }) =>
      inTransaction(database, () => put(draft, options)),
    remove: (name: string) => remove.run(name).changes === 1,
    /** Proves that the file can be written: writes and commits a page with its old content. */
    check(): void {
      inTransaction(database, () => database.exec('UPDATE hook_migration SET version = version'));
    },
  };
}
