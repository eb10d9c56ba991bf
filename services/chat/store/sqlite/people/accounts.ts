import type { LazyThread } from '@parley/store/sqlite/lazy-thread.ts';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import type { AccountStore } from '../../people/accounts.ts';

/** The accounts in an SQLite file. Calls go to its two threads. */
export function sqliteAccounts({
  writer,
  reader,
}: {
  writer: ThreadCalls;
  reader: LazyThread;
}): AccountStore {
  return {
    add: (account, act) => writer.call('addAccount', { account, act }),
    find: (key) => reader.call('findAccount', key),
    list: (query) => reader.call('listAccounts', query),
    setAdmin: (id, admin, act) => writer.call('setAdmin', { id, admin, act }),
    setPassword: (id, passwordHash, act) => writer.call('setPassword', { id, passwordHash, act }),
    removeEmail: (id, act) => writer.call('removeEmail', { id, act }),
    suspend: (id, now, act) => writer.call('suspendAccount', { id, now, act }),
    restore: (id, act) => writer.call('restoreAccount', { id, act }),
    suspended: (limit) => writer.call('suspendedAccounts', limit),
    remove: (id, act) => writer.call('removeAccount', { id, act }),
    openSession: (session, passwordHash) => writer.call('openSession', { session, passwordHash }),
    findSession: (key, now) => reader.call('findSession', { key, now }),
    endSessions: (choice, now, act) => writer.call('endSessions', { choice, now, act }),
    endedSince: (time) => writer.call('endedSince', time),
    trimSessions: (before) => writer.call('trimSessions', before),
  };
}
