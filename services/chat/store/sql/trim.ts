import type { Kysely } from 'kysely';
import type { TrimQuery } from '../store.ts';
import { trimUpTo } from '../trim.ts';
import type { Tables } from './tables.ts';

/**
 * Removes a channel's oldest events, with their threads and mentions and the votes and reactions on
 * them, in one transaction. It locks the
 * channel's row, as a writer does.
 */
export function trimInTransaction(database: Kysely<Tables>, query: TrimQuery): Promise<number> {
  return database
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (writing) => {
      const channel = await writing
        .selectFrom('channel')
        .select(['id', 'head'])
        .where('name', '=', query.channel)
        .forUpdate()
        .executeTakeFirst();
      if (!channel) return 0;
      const oldest = await writing
        .selectFrom('event')
        .select(['seq', 'at'])
        .where('channel_id', '=', channel.id)
        .where(({ or, eb }) =>
          or([eb('at', '<=', query.now), eb('seq', '<=', channel.head - query.keepEvents)]),
        )
        .orderBy('seq')
        .limit(query.limit)
        .execute();
      const upTo = trimUpTo(oldest, channel.head, query);
      if (upTo === 0) return 0;
      const places = await writing
        .selectFrom('event')
        .select(['at', 'seq'])
        .where('channel_id', '=', channel.id)
        .where('seq', '<=', upTo)
        .where('kind', '=', 'message')
        .execute();
      if (places.length > 0) {
        await writing
          .deleteFrom('search_message')
          .where('channel_id', '=', channel.id)
          .where(({ eb, refTuple, tuple }) =>
            eb(
              refTuple('at', 'seq'),
              'in',
              places.map(({ at, seq }) => tuple(at, seq)),
            ),
          )
          .execute();
      }
      await writing
        .deleteFrom('reply')
        .where('channel_id', '=', channel.id)
        .where('ref', '<=', upTo)
        .execute();
      for (const table of ['mention', 'vote', 'reaction'] as const)
        await writing
          .deleteFrom(table)
          .where('channel_id', '=', channel.id)
          .where('seq', '<=', upTo)
          .execute();
      const { numDeletedRows } = await writing
        .deleteFrom('event')
        .where('channel_id', '=', channel.id)
        .where('seq', '<=', upTo)
        .executeTakeFirst();
      return Number(numDeletedRows);
    });
}
