import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { type Kysely, sql } from 'kysely';
import { EVERYONE } from '../../decide/mentions.ts';
import { type ChannelReadPosition, countRanges } from '../../read-positions/count-ranges.ts';
import type {
  ReadMark,
  ReadPositionStore,
  UnreadCount,
} from '../../read-positions/read-position-store.ts';
import type { SqlDialect } from '../dialect.ts';
import type { Tables } from '../tables.ts';
import type { Transact } from './audit.ts';

/** Channels that are counted by one statement. */
const COUNTED_AT_ONCE = 50;

/** The positions in an SQL database. */
export function openSqlReadPositions(
  database: Kysely<Tables>,
  dialect: SqlDialect,
  transact: Transact,
): ReadPositionStore {
  /** Each statement holds for itself: a position only rises. */
  async function mark({ accountId, channel, seq }: ReadMark): Promise<number> {
    const [place] = await placesOf(database, accountId, [channel]);
    if (!place) return 0;
    const row = { account_id: accountId, channel_id: place.id, seq: Math.min(seq, place.head) };
    await dialect.unlessThere(database.insertInto('read_position').values(row)).execute();
    await database
      .updateTable('read_position')
      .set({ seq: row.seq })
      .where('account_id', '=', row.account_id)
      .where('channel_id', '=', row.channel_id)
      .where('seq', '<', row.seq)
      .execute();
    const [now] = await placesOf(database, accountId, [channel]);
    return now?.seq ?? 0;
  }

  async function markAll(marks: ReadMark[]): Promise<number[]> {
    const positions: number[] = [];
    for (const one of marks) positions.push(await mark(one));
    return positions;
  }

  return {
    mark: (marks) => transact(() => markAll(marks)),
    position: (accountId, channel) =>
      transact(async () => (await placesOf(database, accountId, [channel]))[0]?.seq ?? 0),
    unread: (accountId, channels) => transact(() => countUnread(database, accountId, channels)),
  };
}

async function placesOf(
  database: Kysely<Tables>,
  accountId: string,
  channels: string[],
): Promise<ChannelReadPosition[]> {
  if (channels.length === 0) return [];
  const rows = await database
    .selectFrom('channel')
    .leftJoin('read_position', (join) =>
      join
        .onRef('read_position.channel_id', '=', 'channel.id')
        .on('read_position.account_id', '=', accountId),
    )
    .select(['channel.id', 'channel.name as channel', 'channel.head', 'read_position.seq'])
    .where('channel.name', 'in', channels)
    .where('channel.head', '>', 0)
    .execute();
  return rows.map((row) => ({ ...row, seq: row.seq ?? 0 }));
}

async function countUnread(
  database: Kysely<Tables>,
  accountId: string,
  channels: string[],
): Promise<UnreadCount[]> {
  const behind = countRanges(await placesOf(database, accountId, channels));
  const subject = accountSubject(accountId);
  const counts: UnreadCount[] = [];
  for (let i = 0; i < behind.length; i += COUNTED_AT_ONCE) {
    const some = behind.slice(i, i + COUNTED_AT_ONCE);
    const queries = some.map(
      ({ id, after }) => sql`SELECT ${sql.lit(id)} AS id,
        (SELECT count(*) FROM event WHERE channel_id = ${sql.lit(id)} AND seq > ${sql.lit(after)}
          AND kind = 'message' AND deleted = 0 AND (author IS NULL OR author <> ${subject})
        ) AS unread,
        (SELECT count(DISTINCT mention.seq) FROM mention
          JOIN event ON event.channel_id = mention.channel_id AND event.seq = mention.seq
          WHERE account_id IN (${accountId}, ${EVERYONE})
            AND mention.channel_id = ${sql.lit(id)} AND mention.seq > ${sql.lit(after)}
            AND (author IS NULL OR author <> ${subject})
        ) AS mentioned`,
    );
    const union = sql<{
      id: number;
      unread: number;
      mentioned: number;
    }>`${sql.join(queries, sql` UNION ALL `)}`;
    const { rows } = await union.execute(database);
    const names = new Map(some.map(({ id, channel }) => [id, channel]));
    for (const { id, unread, mentioned } of rows) {
      counts.push({ channel: names.get(Number(id)) ?? '', unread, mentioned });
    }
  }
  return counts;
}
