import type { openCalls } from '@parley/store/sql/calls.ts';
import { retrying } from '@parley/store/sql/retrying.ts';
import type { Kysely } from 'kysely';
import type { SearchStore } from '../../search.ts';
import type { SqlDialect } from '../dialect.ts';
import { openHold } from '../lease.ts';
import type { Tables } from '../tables.ts';
import { indexMissing } from './index-rows.ts';
import { recheck } from './recheck.ts';
import { searchMessages } from './search.ts';

/** Opens the index of words in an SQL database. */
export function openSearch(
  database: Kysely<Tables>,
  dialect: SqlDialect,
  { track }: Pick<ReturnType<typeof openCalls>, 'track'>,
): SearchStore {
  const hold = openHold(database, dialect.nowMs, 'search');
  return {
    search: (query) => track(() => searchMessages(database, dialect, query)),
    unindexed: () =>
      track(async () => {
        const rows = await database
          .selectFrom('channel')
          .select('name')
          .where('unindexed', '>', 0)
          .orderBy('at', 'desc')
          .execute();
        return rows.map(({ name }) => name);
      }),
    index: (channel, limit) =>
      track(() => retrying(dialect, () => indexMissing(database, dialect, { channel, limit }))),
    recheck: (since) => track(() => recheck(database, dialect, since)),
    hold: (holder) => track(() => hold(holder)),
  };
}
