import type { Kysely } from 'kysely';
import { ALERTS_KEPT_MAX } from '../alert-store.ts';
import {
  alertColumns,
  asAlert,
  asHookIn,
  type HookInRow,
  hookInRow,
  progressColumns,
} from '../in-rows.ts';
import { HOOKS_IN_MAX, type HookIn, type HooksInStore } from '../in-store.ts';
import type { SqlDialect } from './dialect.ts';
import type { Tables } from './tables.ts';

/** Hooks by which other programs post, in an SQL database. */
export function openHooksIn(database: Kysely<Tables>, dialect: SqlDialect): HooksInStore {
  const find = (name: string) =>
    database.selectFrom('hook_in').selectAll().where('name', '=', name).executeTakeFirst();
  const updateAlert = (hookId: string, episode: string) =>
    database
      .updateTable('hook_in_alert')
      .where('hook_id', '=', hookId)
      .where('episode', '=', episode);

  async function put(hook: HookIn): ReturnType<HooksInStore['putIn']> {
    const { id, name, secret_hash, ...changed } = hookInRow(hook);
    const known = await find(name);
    if (known) {
      await database.updateTable('hook_in').set(changed).where('id', '=', known.id).execute();
    } else {
      const { hooks } = await database
        .selectFrom('hook_in')
        .select(({ fn }) => fn.countAll().as('hooks'))
        .executeTakeFirstOrThrow();
      if (Number(hooks) >= HOOKS_IN_MAX) return 'full';
      const row = { id, name, secret_hash, ...changed };
      // Another replica may make a hook of that name at the same moment: then this one changes it.
      if (!(await inserted(() => database.insertInto('hook_in').values(row).execute())))
        return put(hook);
    }
    return { hook: asHookIn((await find(name)) as HookInRow), isNew: !known };
  }

  /** Inserts a row. Resolves with false when there is one with its key. */
  async function inserted(insert: () => Promise<unknown>): Promise<boolean> {
    try {
      await insert();
      return true;
    } catch (error) {
      if (dialect.isDuplicate(error)) return false;
      throw error;
    }
  }

  return {
    async listIn() {
      const rows = await database.selectFrom('hook_in').selectAll().orderBy('name').execute();
      return rows.map(asHookIn);
    },
    async findIn(name) {
      const row = await find(name);
      return row && asHookIn(row);
    },
    putIn: put,
    async removeIn(name) {
      const removed = await database
        .deleteFrom('hook_in')
        .where('name', '=', name)
        .executeTakeFirst();
      return removed.numDeletedRows === 1n;
    },
    async beginAlert(hookId, episode, row, at) {
      const columns = alertColumns(row, at);
      const values = { hook_id: hookId, episode, ...columns };
      if (await inserted(() => database.insertInto('hook_in_alert').values(values).execute()))
        return row;
      await updateAlert(hookId, episode).set(columns).where('round', '<', row.round).execute();
      const alerts = database.selectFrom('hook_in_alert').selectAll();
      const kept = alerts.where('hook_id', '=', hookId).where('episode', '=', episode);
      return asAlert(await kept.executeTakeFirstOrThrow());
    },
    async saveAlert(hookId, episode, progress, at) {
      const columns = progressColumns(progress, at);
      await updateAlert(hookId, episode)
        .set(columns)
        .where('round', '=', columns.round)
        .where('resolved', '<=', columns.resolved)
        .execute();
    },
    async forgetAlerts(before) {
      const newest = await database
        .selectFrom('hook_in_alert')
        .select('at')
        .orderBy('at', 'desc')
        .limit(1)
        .offset(ALERTS_KEPT_MAX)
        .executeTakeFirst();
      const from = newest ? Math.max(before, Number(newest.at) + 1) : before;
      await database.deleteFrom('hook_in_alert').where('at', '<', from).execute();
    },
  };
}
