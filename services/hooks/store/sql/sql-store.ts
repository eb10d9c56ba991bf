import { openCalls } from '@parley/store/sql/calls.ts';
import { migrate } from '@parley/store/sql/migrate.ts';
import { retrying } from '@parley/store/sql/retrying.ts';
import { STATEMENT_LIMIT_MS } from '@parley/store/sql/sql-server.ts';
import { Kysely } from 'kysely';
import { asHook } from '../hook-row.ts';
import type { HookStore } from '../store.ts';
import { openDeliveries } from './deliveries.ts';
import type { SqlDialect } from './dialect.ts';
import { openHooksIn } from './hooks-in.ts';
import { putHook } from './put-hook.ts';
import type { Tables } from './tables.ts';

/** Opens the hooks in PostgreSQL, MySQL or MariaDB; creates or migrates their tables if needed. */
export async function openSqlStore(dialect: SqlDialect, connections: number): Promise<HookStore> {
  await migrate(dialect, { table: 'hook_migration', migrations: dialect.migrations });
  const limits = { connections, statementMs: STATEMENT_LIMIT_MS };
  const database = new Kysely<Tables>({ dialect: dialect.open(limits) });
  const deliveries = openDeliveries(database, dialect);
  const hooksIn = openHooksIn(database, dialect);
  const { track, close } = openCalls();
  const call = <T>(work: () => Promise<T>) => track(() => retrying(dialect, work));
  return {
    mayHaveHooks: () => true,
    list: () =>
      call(async () =>
        (await database.selectFrom('hook').selectAll().orderBy('name').execute()).map(asHook),
      ),
    find: (name) =>
      call(async () => {
        const hooks = database.selectFrom('hook').selectAll().where('name', '=', name);
        const row = await hooks.executeTakeFirst();
        return row && asHook(row);
      }),
    put: (draft, options) =>
      call(async () => {
        try {
          return await database
            .transaction()
            .setIsolationLevel('read committed')
            .execute((writing) => putHook(writing, dialect, { draft, options }));
        } catch (error) {
          // Another replica has made a hook of that name at the same moment.
          if (dialect.isDuplicate(error)) return 'changed-meanwhile';
          throw error;
        }
      }),
    remove: (name) =>
      call(async () => {
        const hooks = database.deleteFrom('hook').where('name', '=', name);
        return (await hooks.executeTakeFirst()).numDeletedRows === 1n;
      }),
    hold: (holder) => call(() => deliveries.hold(holder)),
    release: (holder) => call(() => deliveries.release(holder)),
    positions: (hookId, channels) => call(() => deliveries.positions(hookId, channels)),
    positionOfLog: (hookId, epoch) => call(() => deliveries.positionOfLog(hookId, epoch)),
    move: (holder, from, to) => call(() => deliveries.move(holder, from, to)),
    positionsAfter: (hookId, after, limit) =>
      call(() => deliveries.positionsAfter(hookId, after, limit)),
    failing: (hookId, limit) => call(() => deliveries.failing(hookId, limit)),
    save: (holder, positions) => call(() => deliveries.save(holder, positions)),
    setAside: (holder, failure, position) =>
      call(() => deliveries.setAside(holder, failure, position)),
    end: (holder, why) => call(() => deliveries.end(holder, why)),
    failures: (hookId, after, limit) => call(() => deliveries.failures(hookId, after, limit)),
    listIn: () => call(() => hooksIn.listIn()),
    findIn: (name) => call(() => hooksIn.findIn(name)),
    putIn: (hook) => call(() => hooksIn.putIn(hook)),
    removeIn: (name) => call(() => hooksIn.removeIn(name)),
    beginAlert: (hookId, episode, row, at) =>
      call(() => hooksIn.beginAlert(hookId, episode, row, at)),
    saveAlert: (hookId, episode, progress, at) =>
      call(() => hooksIn.saveAlert(hookId, episode, progress, at)),
    forgetAlerts: (before) => call(() => hooksIn.forgetAlerts(before)),
    /** A read-only server, such as a replica, refuses even an update of no row. */
    check: () =>
      call(async () => {
        await database.updateTable('hook').set({ why: '' }).where('id', '=', '').execute();
      }),
    async [Symbol.asyncDispose]() {
      await close();
      await database.destroy();
    },
  };
}
