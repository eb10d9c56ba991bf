import type { DatabaseSync } from 'node:sqlite';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import type { LazyThread } from '@parley/store/sqlite/lazy-thread.ts';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import { EVERYONE } from '../../decide/mentions.ts';
import {
  type ChannelReadPosition,
  type CountRange,
  countRanges,
} from '../../read-positions/count-ranges.ts';
import type {
  ReadMark,
  ReadPositionStore,
  UnreadCount,
} from '../../read-positions/read-position-store.ts';

/**
 * Channels that are counted by one call, for which other reads wait: at most 5,000 events.
 */
const COUNTED_AT_ONCE = 5;

/** Stores positions, for the thread that writes. */
export function openReadPositionWriter(database: DatabaseSync) {
  const mark = database.prepare(
    `INSERT INTO read_position (account_id, channel_id, seq)
     SELECT ?, id, min(?, head) FROM channel WHERE name = ? AND head > 0
     ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq) RETURNING seq`,
  );
  return {
    markRead: (marks: ReadMark[]): number[] =>
      inTransaction(database, () =>
        marks.map(({ accountId, channel, seq }) =>
          Number(mark.get(accountId, seq, channel)?.seq ?? 0),
        ),
      ),
  };
}

/** Reads positions and counts, for the thread that reads. */
export function openReadPositionReader(database: DatabaseSync) {
  const findPlace = database.prepare(
    `SELECT id, head, coalesce(read_position.seq, 0) AS seq FROM channel
     LEFT JOIN read_position ON account_id = ? AND channel_id = channel.id WHERE name = ?`,
  );
  const countUnread = database.prepare(
    `SELECT count(*) AS n FROM event WHERE channel_id = ? AND seq > ?
     AND kind = 'message' AND deleted = 0 AND author IS NOT ?`,
  );
  const countMentions = database.prepare(
    `SELECT count(DISTINCT mention.seq) AS n FROM mention
     JOIN event ON event.channel_id = mention.channel_id AND event.seq = mention.seq
     WHERE account_id IN (?, '${EVERYONE}') AND mention.channel_id = ? AND mention.seq > ?
     AND author IS NOT ?`,
  );

  return {
    readPositions: ({ accountId, channels }: { accountId: string; channels: string[] }) =>
      channels.flatMap((channel) => {
        const place = findPlace.get(accountId, channel);
        return place ? [{ ...place, channel }] : [];
      }),
    countUnread: ({ accountId, ranges }: { accountId: string; ranges: CountRange[] }) =>
      ranges.map(({ id, channel, after }): UnreadCount => {
        const subject = accountSubject(accountId);
        const unread = Number(countUnread.get(id, after, subject)?.n);
        const mentioned = Number(countMentions.get(accountId, id, after, subject)?.n);
        return { channel, unread, mentioned };
      }),
  };
}

/** The positions in an SQLite file. */
export function sqliteReadPositions(writer: ThreadCalls, reader: LazyThread): ReadPositionStore {
  const places = (accountId: string, channels: string[]) =>
    reader.call<ChannelReadPosition[]>('readPositions', { accountId, channels });
  return {
    mark: (marks) => writer.call<number[]>('markRead', marks),
    position: async (accountId, channel) => (await places(accountId, [channel]))[0]?.seq ?? 0,
    async unread(accountId, channels) {
      const left = countRanges(await places(accountId, channels));
      const counts: UnreadCount[] = [];
      while (left.length > 0) {
        const ranges = left.splice(0, COUNTED_AT_ONCE);
        counts.push(...(await reader.call<UnreadCount[]>('countUnread', { accountId, ranges })));
      }
      return counts;
    },
  };
}
