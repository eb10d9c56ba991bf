import type { Kysely } from 'kysely';
import type { CatalogRecord, FeedState, RecordQuery } from '../store.ts';
import { takePage } from '../take-page.ts';
import type { Tables } from './tables.ts';

/** Opens the read side of the catalog in an SQL database. */
export function openRead(database: Kysely<Tables>) {
  /**
   * Chooses the records of a page by their sizes: records are long, so only those of the page are
   * fetched.
   */
  async function choose({ feed, after, limit, since, until }: RecordQuery) {
    const row = await database
      .selectFrom('catalog_feed')
      .select('id')
      .where('name', '=', feed)
      .executeTakeFirst();
    if (!row) return { id: -1, seqs: [] };
    const { id } = row;
    const rows = database
      .selectFrom('catalog_record')
      .select(['seq', 'size'])
      .where('feed_id', '=', id)
      .limit(limit);
    if (since === undefined && until === undefined) {
      const found = await rows.where('seq', '>', after).orderBy('seq').execute();
      return { id, seqs: takePage(found).map(({ seq }) => seq) };
    }
    const last = await timeOf(id, after);
    const from = Math.max(last ?? 0, since ?? 0);
    const found = await rows
      .where('published_us', '>=', from)
      .$if(until !== undefined, (some) => some.where('published_us', '<', until ?? 0))
      .$if(last !== undefined, (some) =>
        some.where((is) => is.or([is('published_us', '>', last ?? 0), is('seq', '>', after)])),
      )
      .orderBy('published_us')
      .orderBy('seq')
      .execute();
    return { id, seqs: takePage(found).map(({ seq }) => seq) };
  }

  async function timeOf(feedId: number, seq: number): Promise<number | undefined> {
    const row = await database
      .selectFrom('catalog_record')
      .select('published_us')
      .where('feed_id', '=', feedId)
      .where('seq', '=', seq)
      .executeTakeFirst();
    return row?.published_us;
  }

  return {
    async records(query: RecordQuery): Promise<CatalogRecord[]> {
      const { id, seqs } = await choose(query);
      if (seqs.length === 0) return [];
      const rows = await database
        .selectFrom('catalog_record')
        .innerJoin('catalog_stream', 'catalog_stream.id', 'stream_id')
        .select(['seq', 'catalog_stream.name as stream', 'stream_seq as streamSeq'])
        .select(['published_us as publishedUs', 'received_us as receivedUs'])
        .select(['message_id as messageId', 'bytes', 'decoded as json'])
        .where('feed_id', '=', id)
        .where('seq', 'in', seqs)
        .execute();
      const bySeq = new Map(rows.map((row) => [row.seq, row]));
      return seqs.flatMap((seq) => {
        const row = bySeq.get(seq);
        return row ? { ...row, messageId: row.messageId && String(row.messageId) } : [];
      });
    },

    feeds(names: string[]): Promise<FeedState[]> {
      if (names.length === 0) return Promise.resolve([]);
      return database
        .selectFrom('catalog_feed')
        .leftJoin('catalog_record', (join) =>
          join.onRef('feed_id', '=', 'id').onRef('seq', '=', 'head'),
        )
        .select(['catalog_feed.name as feed', 'head as stored', 'dead as deadLetters'])
        .select('published_us as publishedUs')
        .where('catalog_feed.name', 'in', names)
        .execute();
    },
  };
}
