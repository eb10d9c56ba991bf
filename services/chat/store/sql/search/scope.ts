import type { Viewer } from '@parley/kit/viewer.ts';
import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { SearchQuery } from '../../search.ts';
import { isHiddenFrom } from '../people/access.ts';
import type { Tables } from '../tables.ts';

/** Where a search looks. */
export interface Scope {
  /** A condition on rows of the index, and their order, which an index has. */
  within: RawBuilder<SqlBool>;
  order: RawBuilder<unknown>;
  /** True of the rows of a table that the viewer may see. */
  visibleIn(table: string): RawBuilder<SqlBool>;
  /** In a search of all channels: the end of its time, milliseconds since 1970 (UTC). */
  before?: number;
}

/** The id of a query's channel; undefined when there is none, or its viewer may not enter it. */
export async function findChannel(
  database: Kysely<Tables>,
  { channel, viewer }: SearchQuery,
): Promise<number | undefined> {
  const row = await database
    .selectFrom('channel')
    .select(['id', 'private'])
    .where('name', '=', channel?.name ?? '')
    .executeTakeFirst();
  return row && !(await isHiddenFrom(database, row, viewer)) ? row.id : undefined;
}

/** The scope of a search of all channels. It begins after the query's `place`. */
export function scopeOfAll({ since, until, place, viewer = null }: SearchQuery): Scope {
  const [at, channelId = 0, seq = 0] = place ?? [];
  const inTime = isInTime(since, until);
  return {
    within:
      at === undefined
        ? inTime
        : sql`${inTime} AND at <= ${at} AND (at < ${at} OR channel_id < ${channelId}
            OR (channel_id = ${channelId} AND seq < ${seq}))`,
    order: sql`at DESC, channel_id DESC, seq DESC`,
    visibleIn: (table) => isVisibleIn(table, viewer),
    before: Math.min(until, at ?? until),
  };
}

/** The scope of a search of one channel, which its viewer may enter. */
export async function scopeOfChannel(
  database: Kysely<Tables>,
  { since, until, channel }: SearchQuery,
  id: number,
): Promise<Scope> {
  const inChannel = sql<SqlBool>`channel_id = ${id} AND ${isInTime(since, until)}`;
  const end = await findEnd(database, id, channel?.before);
  return {
    within: end
      ? sql`${inChannel} AND at <= ${end.at} AND (at < ${end.at} OR seq < ${end.seq})`
      : inChannel,
    order: sql`channel_id DESC, at DESC, seq DESC`,
    visibleIn: () => sql`TRUE`,
  };
}

/** The first event from seq `before` on: the search looks at what is older than that. */
async function findEnd(
  database: Kysely<Tables>,
  id: number,
  before: number | undefined,
): Promise<{ at: number; seq: number } | undefined> {
  if (before === undefined) return undefined;
  return database
    .selectFrom('event')
    .select(['at', 'seq'])
    .where('channel_id', '=', id)
    .where('seq', '>=', before)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
}

function isInTime(since: number, until: number): RawBuilder<SqlBool> {
  return sql`at >= ${since} AND at < ${until}`;
}

function isVisibleIn(table: string, viewer: Viewer): RawBuilder<SqlBool> {
  const channelId = sql.ref(`${table}.channel_id`);
  const enters = sql`AND NOT EXISTS (SELECT 1 FROM member
    WHERE member.channel_id = channel.id AND member.account_id = ${viewer})`;
  return sql`NOT EXISTS (SELECT 1 FROM channel
    WHERE channel.id = ${channelId} AND channel.private = 1 ${viewer === null ? sql`` : enters})`;
}
