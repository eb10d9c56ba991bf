import type { DatabaseSync } from 'node:sqlite';
import type { CatalogRecord, FeedState, RecordQuery } from '../store.ts';
import { takePage } from '../take-page.ts';

const COLUMNS = `record.seq, stream.name AS stream, stream_seq AS streamSeq, published_us AS publishedUs,
  received_us AS receivedUs, message_id AS messageId, bytes, decoded AS json, size`;
const TABLES = 'catalog_record AS record JOIN catalog_stream AS stream ON stream.id = stream_id';

/** The read side of the catalog. With WAL, reads and writes never wait for each other. */
export function openReader(database: DatabaseSync) {
  const findFeed = database.prepare('SELECT id FROM catalog_feed WHERE name = ?');
  const findTime = database.prepare(
    'SELECT published_us AS publishedUs FROM catalog_record WHERE feed_id = ? AND seq = ?',
  );
  const inOrder = database.prepare(
    `SELECT ${COLUMNS} FROM ${TABLES} WHERE feed_id = ? AND record.seq > ? ORDER BY record.seq LIMIT ?`,
  );
  const byTime = database.prepare(
    `SELECT ${COLUMNS} FROM ${TABLES}
     WHERE feed_id = ? AND (published_us, record.seq) > (?, ?) AND published_us < ?
     ORDER BY published_us, record.seq LIMIT ?`,
  );
  const listFeeds = database.prepare(
    `SELECT name AS feed, head AS stored, dead AS deadLetters,
       (SELECT published_us FROM catalog_record WHERE feed_id = id AND seq = head) AS publishedUs
     FROM catalog_feed WHERE name IN (SELECT value FROM json_each(?))`,
  );

  function select({ feed, after, limit, since, until }: RecordQuery) {
    const id = findFeed.get(feed)?.id ?? null;
    if (since === undefined && until === undefined) return inOrder.iterate(id, after, limit);
    const last = Number(findTime.get(id, after)?.publishedUs ?? -1);
    // Begins after the record `after`, or with the first one of the time `since`.
    const [from, seq] = last >= (since ?? 0) ? [last, after] : [since ?? 0, 0];
    return byTime.iterate(id, from, seq, until ?? Number.MAX_SAFE_INTEGER, limit);
  }

  return {
    records: (query: RecordQuery): CatalogRecord[] =>
      takePage(select(query) as Iterable<CatalogRecord & { size: number }>),
    feeds: (names: string[]): FeedState[] =>
      listFeeds.all(JSON.stringify(names)) as unknown as FeedState[],
  };
}
