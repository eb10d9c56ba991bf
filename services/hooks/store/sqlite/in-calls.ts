import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import { ALERTS_KEPT_MAX, type AlertProgress, type AlertRow } from '../alert-store.ts';
import {
  alertColumns,
  asAlert,
  asHookIn,
  type HookInAlertRow,
  type HookInRow,
  hookInRow,
  progressColumns,
} from '../in-rows.ts';
import { HOOKS_IN_MAX, type HookIn } from '../in-store.ts';

const HOOK =
  'id, name, channel, sender, template, username, secret_hash, github_secret, at, by_name, rights';
const ALERT = 'hook_id, episode, channel, username, text, resolved, round, seq, at';

interface AlertCall {
  hookId: string;
  episode: string;
  at: number;
}

/** Hooks by which other programs post, for the one thread of the file. */
export function openInCalls(database: DatabaseSync) {
  const list = database.prepare(`SELECT ${HOOK} FROM hook_in ORDER BY name`);
  const find = database.prepare(`SELECT ${HOOK} FROM hook_in WHERE name = ?`);
  const count = database.prepare('SELECT count(*) AS hooks FROM hook_in');
  const put = database.prepare(
    `INSERT INTO hook_in (${HOOK}) VALUES (:id, :name, :channel, :sender, :template, :username,
       :secret_hash, :github_secret, :at, :by_name, :rights)
     ON CONFLICT (name) DO UPDATE SET channel = :channel, sender = :sender, template = :template,
       username = :username, github_secret = :github_secret, at = :at, by_name = :by_name,
       rights = :rights`,
  );
  const remove = database.prepare('DELETE FROM hook_in WHERE name = ?');
  const begin = database.prepare(
    `INSERT INTO hook_in_alert (${ALERT}) VALUES (:hook_id, :episode, :channel, :username, :text,
       :resolved, :round, :seq, :at)
     ON CONFLICT (hook_id, episode) DO UPDATE SET channel = :channel, username = :username,
       text = :text, resolved = :resolved, round = :round, seq = :seq, at = :at
       WHERE round < :round`,
  );
  const findAlert = database.prepare(
    `SELECT ${ALERT} FROM hook_in_alert WHERE hook_id = ? AND episode = ?`,
  );
  const save = database.prepare(
    `UPDATE hook_in_alert SET resolved = :resolved, seq = :seq, at = :at
     WHERE hook_id = :hook_id AND episode = :episode AND round = :round AND resolved <= :resolved`,
  );
  const beyond = database.prepare(
    `SELECT at FROM hook_in_alert ORDER BY at DESC LIMIT 1 OFFSET ${ALERTS_KEPT_MAX}`,
  );
  const forget = database.prepare('DELETE FROM hook_in_alert WHERE at < ?');
  const found = (name: string) => find.get(name) as unknown as HookInRow | undefined;

  return {
    listIn: (): HookIn[] => (list.all() as unknown as HookInRow[]).map(asHookIn),
    findIn(name: string): HookIn | undefined {
      const row = found(name);
      return row && asHookIn(row);
    },
    putIn: (hook: HookIn) =>
      inTransaction(database, () => {
        const isNew = !found(hook.name);
        if (isNew && Number(count.get()?.hooks) >= HOOKS_IN_MAX) return 'full';
        put.run({ ...hookInRow(hook) });
        return { hook: asHookIn(found(hook.name) as HookInRow), isNew };
      }),
    removeIn: (name: string) => remove.run(name).changes === 1,
    beginAlert({ hookId, episode, row, at }: AlertCall & { row: AlertRow }): AlertRow {
      begin.run({ hook_id: hookId, episode, ...alertColumns(row, at) });
      return asAlert(findAlert.get(hookId, episode) as unknown as HookInAlertRow);
    },
    saveAlert({ hookId, episode, progress, at }: AlertCall & { progress: AlertProgress }): void {
      save.run({ hook_id: hookId, episode, ...progressColumns(progress, at) });
    },
    forgetAlerts(before: number): void {
      const newest = beyond.get();
      forget.run(newest ? Math.max(before, Number(newest.at) + 1) : before);
    },
  };
}
