import { retrying } from '@parley/store/sql/retrying.ts';
import type { Kysely } from 'kysely';
import type { SqlDialect } from '../dialect.ts';
import type { Tables } from '../tables.ts';
import { addToIndex } from './index-rows.ts';

/** The newest events of a channel that are looked at. */
const EVENTS_MAX = 5_000;

/**
 * Adds messages since a time that are not in the index, because an older Parley has stored them
 * beside this one. Resolves with their number.
 */
export async function recheck(
  database: Kysely<Tables>,
  dialect: SqlDialect,
  since: number,
): Promise<number> {
  const channels = await database
    .selectFrom('channel')
    .select('id')
    .where('at', '>=', since)
    .execute();
  let added = 0;
  for (const { id } of channels) {
    added += await retrying(dialect, () => recheckChannel(database, dialect, { id, since }));
  }
  return added;
}

/** The channel is locked, so that no message is edited meanwhile. */
function recheckChannel(
  database: Kysely<Tables>,
  dialect: SqlDialect,
  { id, since }: { id: number; since: number },
): Promise<number> {
  return database
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (writing) => {
      const channel = await writing
        .selectFrom('channel')
        .select(['head', 'unindexed'])
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst();
      // A deleted channel.
      if (!channel) return 0;
      const { head, unindexed } = channel;
      const rows = await writing
        .selectFrom('event')
        .leftJoin('search_message', (join) =>
          join
            .onRef('search_message.channel_id', '=', 'event.channel_id')
            .onRef('search_message.at', '=', 'event.at')
            .onRef('search_message.seq', '=', 'event.seq'),
        )
        .select(['event.seq', 'kind', 'event.at', 'username', 'message', 'deleted'])
        .where('event.channel_id', '=', id)
        .where('event.seq', '>', Math.max(unindexed, head - EVENTS_MAX))
        .where('event.at', '>=', since)
        .where('kind', '=', 'message')
        .where('search_message.seq', 'is', null)
        .execute();
      return addToIndex(
        writing,
        dialect,
        rows.map((row) => ({ channelId: id, row })),
      );
    });
}
