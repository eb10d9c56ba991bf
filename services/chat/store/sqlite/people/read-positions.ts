import type { DatabaseSync } from 'node:sqlite';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import type { LazyThread } from '@parley/store/sqlite/lazy-thread.ts';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import { EVERYONE } from '../../decide/mentions.ts';
import { type CountRange, countRanges } from '../../read-positions/count-ranges.ts';
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

/**
 * Channels that are counted by one call, for which other reads wait: at most 5,000 events.
 */
const COUNTED_AT_ONCE = 5;

/** The counts of a channel, by its id. */
type Counted = [id: number, counts: Pick<ReadState, 'unread' | 'mentioned'>];

/** Opens the read position of an account in a channel that the account may enter. */
function openFind(database: DatabaseSync) {
  const find = database.prepare(
    `SELECT id, name AS channel, head, private, coalesce(read_position.seq, 0) AS seq FROM channel
     LEFT JOIN read_position ON account_id = :accountId AND channel_id = channel.id
     WHERE name = :channel AND head > 0 AND (private = 0 OR EXISTS (
       SELECT 1 FROM member WHERE channel_id = channel.id AND account_id = :accountId))`,
  );
  return (accountId: string, channel: string) =>
    find.get({ accountId, channel }) as unknown as ChannelReadPosition | undefined;
}

/** Stores positions, for the thread that writes. */
export function openReadPositionWriter(database: DatabaseSync) {
  const find = openFind(database);
  const raise = database.prepare(
    `INSERT INTO read_position (account_id, channel_id, seq) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)`,
  );

  function markOne({ accountId, channel, seq }: ReadMark): Marked {
    const known = find(accountId, channel);
    const marked = decideMark(known, seq);
    if (known && marked.raised) raise.run(accountId, known.id, marked.seq);
    return marked;
  }

  return {
    markRead: (marks: ReadMark[]): Marked[] => inTransaction(database, () => marks.map(markOne)),
  };
}

/** Reads positions and counts, for the thread that reads. */
export function openReadPositionReader(database: DatabaseSync) {
  const find = openFind(database);
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
      channels.flatMap((channel) => find(accountId, channel) ?? []),
    countUnread: ({ accountId, ranges }: { accountId: string; ranges: CountRange[] }) =>
      ranges.map(({ id, after }): Counted => {
        const subject = accountSubject(accountId);
        const unread = Number(countUnread.get(id, after, subject)?.n);
        const mentioned = Number(countMentions.get(accountId, id, after, subject)?.n);
        return [id, { unread, mentioned }];
      }),
  };
}

/** The positions in an SQLite file. */
export function sqliteReadPositions(writer: ThreadCalls, reader: LazyThread): ReadPositionStore {
  const find = (accountId: string, channels: string[]) =>
    reader.call<ChannelReadPosition[]>('readPositions', { accountId, channels });
  return {
    mark: (marks) => writer.call<Marked[]>('markRead', marks),
    position: async (accountId, channel) => (await find(accountId, [channel]))[0]?.seq ?? 0,
    async states(accountId, channels) {
      const positions = await find(accountId, channels);
      const left = countRanges(positions);
      const counts: Counted[] = [];
      while (left.length > 0) {
        const ranges = left.splice(0, COUNTED_AT_ONCE);
        counts.push(...(await reader.call<Counted[]>('countUnread', { accountId, ranges })));
      }
      return readStates(positions, new Map(counts));
    },
  };
}
