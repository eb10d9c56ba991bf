import type { LazyThread } from '@parley/store/sqlite/lazy-thread.ts';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import type { AccountStore } from '../accounts.ts';

/** The accounts in an SQLite file. Calls go to its two threads. */
export function sqliteAccounts({
  writer,
  reader,
}: {
  writer: ThreadCalls;
  reader: LazyThread;
}): AccountStore {
  return {
    add: (account) => writer.call('addAccount', account),
    find: (key) => reader.call('findAccount', key),
    list: (query) => reader.call('listAccounts', query),
    setAdmin: (id, admin) => writer.call('setAdmin', { id, admin }),
    setPassword: (id, passwordHash) => writer.call('setPassword', { id, passwordHash }),
    remove: (id) => writer.call('removeAccount', id),
    openSession: (session, passwordHash) => writer.call('openSession', { session, passwordHash }),
    findSession: (key, now) => reader.call('findSession', { key, now }),
    endSessions: (choice, now) => writer.call('endSessions', { choice, now }),
    endedSince: (time) => writer.call('endedSince', time),
    trimSessions: (before) => writer.call('trimSessions', before),
  };
}
