import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { type Kysely, sql } from 'kysely';
import { EVERYONE } from '../../decide/mentions.ts';
import { countRanges } from '../../read-positions/count-ranges.ts';
import {
  type ChannelReadPosition,
  decideMark,
  readStates,
} from '../../read-positions/decide-mark.ts';
import type {
  Marked,
  ReadMark,
  ReadPositionStore,
  ReadState,
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
  /**
   * Two statements for all marks. One that reads and inserts would lock the channels against posts
   * on MySQL. The insert compares for itself, so marks of other replicas may come between.
   */
  async function mark(marks: ReadMark[]): Promise<Marked[]> {
    const asked = marks.map(({ accountId, channel }) => ({ account_id: accountId, name: channel }));
    const found = await find(database, dialect, asked);
    const known = new Map(found.map((one) => [`${one.account} ${one.channel}`, one]));
    const rows: Tables['read_position'][] = [];
    const decided = marks.map(({ accountId, channel, seq }) => {
      const position = known.get(`${accountId} ${channel}`);
      const marked = decideMark(position, seq);
      if (position && marked.raised)
        rows.push({ account_id: accountId, channel_id: position.id, seq: marked.seq });
      return marked;
    });
    // In one order everywhere, so that replicas do not wait for each other in a circle.
    rows.sort((a, b) => compare(a.account_id, b.account_id) || a.channel_id - b.channel_id);
    if (rows.length > 0) {
      await dialect.orGoForward(database.insertInto('read_position').values(rows)).execute();
    }
    return decided;
  }

  const findOf = (accountId: string, channels: string[]) =>
    find(
      database,
      dialect,
      channels.map((name) => ({ account_id: accountId, name })),
    );

  return {
    mark: (marks) => transact(() => mark(marks)),
    position: (accountId, channel) =>
      transact(async () => (await findOf(accountId, [channel]))[0]?.seq ?? 0),
    states: (accountId, channels) =>
      transact(async () => countAll(database, accountId, await findOf(accountId, channels))),
  };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** An account and a channel's name. */
interface Asked {
  account_id: string;
  name: string;
}

/** The positions of accounts in those of the named channels that they may enter. */
async function find(
  database: Kysely<Tables>,
  { askedTable }: SqlDialect,
  asked: Asked[],
): Promise<(ChannelReadPosition & { account: string })[]> {
  const query = sql<ChannelReadPosition & { account: string }>`
    SELECT asked.account_id AS account, channel.id, channel.name AS channel, channel.head,
      channel.private, coalesce(read_position.seq, 0) AS seq
    FROM ${askedTable(JSON.stringify(asked))} AS asked
    JOIN channel ON channel.name = asked.name AND channel.head > 0
    LEFT JOIN read_position ON read_position.channel_id = channel.id
      AND read_position.account_id = asked.account_id
    WHERE channel.private = 0 OR EXISTS (SELECT 1 FROM member
      WHERE member.channel_id = channel.id AND member.account_id = asked.account_id)`;
  return (await query.execute(database)).rows;
}

async function countAll(
  database: Kysely<Tables>,
  accountId: string,
  positions: ChannelReadPosition[],
): Promise<ReadState[]> {
  const behind = countRanges(positions);
  const subject = accountSubject(accountId);
  const counts = new Map<number, { unread: number; mentioned: number }>();
  for (let i = 0; i < behind.length; i += COUNTED_AT_ONCE) {
    const queries = behind.slice(i, i + COUNTED_AT_ONCE).map(
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
    for (const { id, unread, mentioned } of rows) counts.set(Number(id), { unread, mentioned });
  }
  return readStates(positions, counts);
}
