import { openCalls } from '@parley/store/sql/calls.ts';
import { migrate } from '@parley/store/sql/migrate.ts';
import { retrying } from '@parley/store/sql/retrying.ts';
import { STATEMENT_LIMIT_MS } from '@parley/store/sql/sql-server.ts';
import { Kysely } from 'kysely';
import type { OpenedStore } from '../opened-store.ts';
import { openAppend } from './append.ts';
import { openSqlRemoval } from './channels/removal.ts';
import { openSqlRenaming } from './channels/renaming.ts';
import type { SqlDialect } from './dialect.ts';
import { openInbox } from './inbox.ts';
import { openAccess } from './people/access.ts';
import { openSqlAccounts } from './people/accounts.ts';
import { openSqlAudit } from './people/audit.ts';
import { openSqlLinks } from './people/links.ts';
import { openSqlMutes } from './people/mutes.ts';
import { openSqlReadPositions } from './people/read-positions.ts';
import { openTickets } from './people/tickets.ts';
import { openRead } from './read.ts';
import { openSearch } from './search/search-store.ts';
import { MIGRATION_TABLE } from './table-names.ts';
import type { Tables } from './tables.ts';
import { trimInTransaction } from './trim.ts';

/** Opens a log in PostgreSQL, MySQL or MariaDB. Makes it or brings it up to date when needed. */
export async function openSqlStore(dialect: SqlDialect, connections: number): Promise<OpenedStore> {
  await migrate(dialect, { table: MIGRATION_TABLE, migrations: dialect.migrations });
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
    audit: openSqlAudit(database, transact),
    mutes: openSqlMutes(database, dialect, transact),
    readPositions: openSqlReadPositions(database, dialect, transact),
    links: openSqlLinks(database, dialect, transact),
    access: openAccess(database, dialect, transact),
    removal: openSqlRemoval(database, transact),
    renaming: openSqlRenaming(database, dialect, transact),
    append: (batch) => transact(() => append(batch)),
    page: (query) => track(() => read.page(query)),
    thread: (query) => track(() => read.thread(query)),
    preview: (post, at) => track(() => read.preview(post, at)),
    channels: (query) => track(() => read.channels(query)),
    trim: (query) => transact(() => trimInTransaction(database, query)),
    search: openSearch(database, dialect, { track }),
    tickets: {
      add: (ticket) => transact(() => tickets.add(ticket)),
      take: (hash) => transact(() => tickets.take(hash)),
      removeExpired: (now) => transact(() => tickets.removeExpired(now)),
    },
    inbox: {
      hold: (...call) => track(() => inbox.hold(...call)),
      release: (...call) => track(() => inbox.release(...call)),
      sessions: () => track(() => inbox.sessions()),
      noteSessions: (...call) => track(() => inbox.noteSessions(...call)),
      hasKey: (...call) => track(() => inbox.hasKey(...call)),
    },
    /** A read-only server, such as a replica, refuses even an update that changes no row. */
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
