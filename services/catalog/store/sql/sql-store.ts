import { openCalls } from '@parley/store/sql/calls.ts';
import { migrate } from '@parley/store/sql/migrate.ts';
import { retrying } from '@parley/store/sql/retrying.ts';
import { STATEMENT_LIMIT_MS } from '@parley/store/sql/sql-server.ts';
import { Kysely } from 'kysely';
import type { CatalogStore } from '../store.ts';
import { openAppend } from './append.ts';
import type { SqlDialect } from './dialect.ts';
import { openRead } from './read.ts';
import type { Tables } from './tables.ts';

/** Opens a catalog in PostgreSQL, MySQL or MariaDB; creates or migrates its tables if needed. */
export async function openSqlStore(
  dialect: SqlDialect,
  connections: number,
): Promise<CatalogStore> {
  await migrate(dialect, { table: 'catalog_migration', migrations: dialect.migrations });
  const limits = { connections, statementMs: STATEMENT_LIMIT_MS };
  const database = new Kysely<Tables>({ dialect: dialect.open(limits) });
  const append = openAppend(database, dialect);
  const read = openRead(database);
  const { track, close } = openCalls();
  return {
    append: (batch) => track(() => retrying(dialect, () => append(batch))),
    records: (query) => track(() => read.records(query)),
    feeds: (names) => track(() => read.feeds(names)),
    /** A read-only server, such as a replica, refuses even an update of no row. */
    check: () =>
      track(async () => {
        await database.updateTable('catalog_feed').set({ head: 0 }).where('id', '=', -1).execute();
      }),
    async [Symbol.asyncDispose]() {
      await close();
      await database.destroy();
    },
  };
}
