import { existsSync } from 'node:fs';
import { LazyThread } from '@parley/store/sqlite/lazy-thread.ts';
import { ensurePrivateDatabase } from '@parley/store/sqlite/private-database.ts';
import { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import type { HookStore } from '../store.ts';

const THREAD = new URL('./sqlite-thread.ts', import.meta.url);

/**
 * Opens the hooks in an SQLite file that only its owner can read. The file, its folder and the thread
 * are made with the first hook, because most servers have none. Reading needs no file.
 */
export function openSqliteStore(path: string): HookStore {
  const thread = new LazyThread(() => {
    ensurePrivateDatabase(path);
    return ThreadCalls.open(THREAD, { path });
  });
  const mayHaveHooks = () => thread.wanted || existsSync(path);
  const read = async <T>(call: string, argument: unknown, without: T): Promise<T> =>
    mayHaveHooks() ? thread.call<T>(call, argument) : without;
  return {
    mayHaveHooks,
    list: () => read('list', undefined, []),
    find: (name) => read('find', name, undefined),
    put: (draft, options) => thread.call('put', { draft, options }),
    remove: (name) => read('remove', name, false),
    hold: (holder) => read('hold', holder, []),
    release: (holder) => read('release', holder, undefined),
    positions: (hookId, channels) => read('positions', { hookId, channels }, []),
    positionOfLog: (hookId, epoch) => read('positionOfLog', { hookId, epoch }, undefined),
    move: (holder, from, to) => read('move', { holder, from, to }, false),
    positionsAfter: (hookId, after, limit) => read('positionsAfter', { hookId, after, limit }, []),
    failing: (hookId, limit) => read('failing', { hookId, limit }, []),
    save: (holder, changed) => read('save', { holder, changed }, false),
    setAside: (holder, failure, position) => read('setAside', { holder, failure, position }, false),
    end: (holder, why) => read('end', { holder, why }, false),
    failures: (hookId, after, limit) => read('failures', { hookId, after, limit }, []),
    listIn: () => read('listIn', undefined, []),
    findIn: (name) => read('findIn', name, undefined),
    putIn: (hook) => thread.call('putIn', hook),
    removeIn: (name) => read('removeIn', name, false),
    beginAlert: (hookId, episode, row, at) =>
      thread.call('beginAlert', { hookId, episode, row, at }),
    saveAlert: (hookId, episode, progress, at) =>
      thread.call('saveAlert', { hookId, episode, progress, at }),
    forgetAlerts: (before) => read('forgetAlerts', before, undefined),
    check: () => read('check', undefined, undefined),
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}
