import { setTimeout as delay } from 'node:timers/promises';
import { Kysely } from 'kysely';
import type { OpenedStore } from '../opened-store.ts';
import { openSqlAccounts } from './accounts.ts';
import { openAppend } from './append.ts';
import { type SqlDialect, STATEMENT_LIMIT_MS } from './dialect.ts';
import { openInbox } from './inbox.ts';
import { migrate } from './migrate.ts';
import { openRead } from './read.ts';
import type { Tables } from './tables.ts';
import { openTickets } from './tickets.ts';
import { trimInTransaction } from './trim.ts';

/** How often a transaction is tried that the database asks to try again. */
const TRIES_MAX = 10;
const RETRY_SPREAD_MS = 20;

/** Opens a log in PostgreSQL, MySQL or MariaDB, made or brought up to date where needed. */
export async function openSqlStore(dialect: SqlDialect, connections: number): Promise<OpenedStore> {
  await migrate(dialect);
  const limits = { connections, statementMs: STATEMENT_LIMIT_MS };
  const database = new Kysely<Tables>({ dialect: dialect.open(limits) });
  const append = openAppend(database, dialect);
  const read = openRead(database);
  const tickets = openTickets(database);
  const { track, close } = openCalls();
  const inbox = openInbox(database, dialect);
  const transact = <T>(work: () => Promise<T>) => track(() => retrying(dialect, work));
  return {
    accounts: openSqlAccounts(database, dialect, transact),
    append: (batch) => track(() => retrying(dialect, () => append(batch))),
    page: (query) => track(() => read.page(query)),
    channels: (query) => track(() => read.channels(query)),
    trim: (query) => track(() => retrying(dialect, () => trimInTransaction(database, query))),
    tickets: {
      add: (ticket) => track(() => retrying(dialect, () => tickets.add(ticket))),
      take: (hash) => track(() => retrying(dialect, () => tickets.take(hash))),
      removeExpired: (now) => track(() => retrying(dialect, () => tickets.removeExpired(now))),
    },
    inbox: {
      hold: (...call) => track(() => inbox.hold(...call)),
      release: (...call) => track(() => inbox.release(...call)),
      sessions: () => track(() => inbox.sessions()),
      noteSessions: (...call) => track(() => inbox.noteSessions(...call)),
      hasKey: (...call) => track(() => inbox.hasKey(...call)),
    },
    /** A server that only reads, as a replica does, refuses an update even of nothing. */
    check: () =>
      track(async () => {
        await database.updateTable('channel').set({ head: 0 }).where('id', '=', -1).execute();
      }),
    async [Symbol.asyncDispose]() {
      await close();
      await database.destroy();
    },
  };
}

/** Calls under way: closing lets them finish and refuses new ones. */
function openCalls() {
  const underWay = new Set<Promise<unknown>>();
  let closed = false;
  return {
    async track<T>(call: () => Promise<T>): Promise<T> {
      if (closed) throw new Error('the store is closed');
      const result = call();
      underWay.add(result);
      try {
        return await result;
      } finally {
        underWay.delete(result);
      }
    },
    async close(): Promise<void> {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}

/** Deadlocks and failed serialisations leave nothing behind and mostly pass at the next try. */
async function retrying<T>({ isRetryable }: SqlDialect, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES_MAX || !isRetryable(error)) throw error;
      await delay(Math.random() * RETRY_SPREAD_MS * tries);
    }
  }
}
