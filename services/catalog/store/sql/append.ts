import { inStatements } from '@parley/store/sql/in-statements.ts';
import type { Kysely, Transaction } from 'kysely';
import {
  type DeadLetterRow,
  type FeedRow,
  KnownMessages,
  type MessageRow,
  messageRow,
  place,
  type RecordRow,
} from '../numbering.ts';
import type { Delivery, Outcome, StreamIdentity } from '../store.ts';
import type { SqlDialect } from './dialect.ts';
import type { Tables } from './tables.ts';

type Writing = Transaction<Tables>;
type Streams = Map<string, number>;

const STATEMENTS = {
  /** Half of the packet size for MySQL and MariaDB, because bytes are sent in hexadecimal. */
  limit: 2_097_152,
  bytesOf: ({ bytes, size }: { bytes: Uint8Array; size?: number }) => size ?? bytes.length,
};

/** Opens the write side of the catalog in an SQL database. */
export function openAppend(database: Kysely<Tables>, dialect: SqlDialect) {
  /**
   * Stores a batch in one transaction. It locks the feeds' rows first, in the order of their names,
   * so that it sees what other processes have stored of the same feeds, and so that no two wait for
   * each other.
   */
  return (batch: Delivery[]): Promise<Outcome[]> =>
    database
      .transaction()
      .setIsolationLevel('read committed')
      .execute(async (writing) => {
        const feeds = await lockFeeds(writing, dialect, batch);
        const streams = await findStreams(writing, dialect, batch);
        const rows = batch.map((delivery) =>
          messageRow(delivery, {
            feedId: feeds.get(delivery.feed)?.id ?? 0,
            streamId: streams.get(nameOf(delivery.stream)) ?? 0,
          }),
        );
        const known = await findKnown(writing, rows);
        const { outcomes, records, dead } = placeAll(batch, { rows, feeds, known });
        for (const some of inStatements(records, STATEMENTS)) {
          await writing.insertInto('catalog_record').values(some).execute();
        }
        for (const some of inStatements(dead, STATEMENTS)) {
          await writing.insertInto('catalog_dead_letter').values(some).execute();
        }
        if (records.length + dead.length > 0) await raise(writing, feeds);
        return outcomes;
      });
}

async function lockFeeds(
  writing: Writing,
  { unlessThere }: SqlDialect,
  batch: Delivery[],
): Promise<Map<string, FeedRow>> {
  const names = [...new Set(batch.map(({ feed }) => feed))].sort();
  const lock = () =>
    writing
      .selectFrom('catalog_feed')
      .select(['id', 'name', 'head', 'dead'])
      .where('name', 'in', names)
      .orderBy('name')
      .forUpdate()
      .execute();
  let rows = await lock();
  if (rows.length < names.length) {
    const added = names.map((name) => ({ name, head: 0, dead: 0 }));
    await unlessThere(writing.insertInto('catalog_feed').values(added)).execute();
    rows = await lock();
  }
  return new Map(rows.map((row) => [row.name, row]));
}

const nameOf = ({ name, created }: StreamIdentity) => `${name} ${created}`;

async function findStreams(
  writing: Writing,
  { unlessThere }: SqlDialect,
  batch: Delivery[],
): Promise<Streams> {
  const streams: Streams = new Map();
  for (const { stream } of batch) {
    if (streams.has(nameOf(stream))) continue;
    const find = () =>
      writing
        .selectFrom('catalog_stream')
        .select('id')
        .where('name', '=', stream.name)
        .where('created', '=', stream.created)
        .executeTakeFirst();
    let row = await find();
    if (!row) {
      const { name, created } = stream;
      await unlessThere(writing.insertInto('catalog_stream').values({ name, created })).execute();
      row = await find();
    }
    if (row) streams.set(nameOf(stream), row.id);
  }
  return streams;
}

/** Finds the messages, and messages with the same ids, that the database already has. */
async function findKnown(writing: Writing, rows: MessageRow[]): Promise<KnownMessages> {
  const known = new KnownMessages();
  const byStream = Map.groupBy(rows, ({ stream_id }) => stream_id);
  for (const [stream, ofStream] of byStream) {
    const seqs = ofStream.map(({ stream_seq }) => stream_seq);
    const ids = ofStream.flatMap(({ message_id }) => message_id ?? []);
    for (const table of ['catalog_record', 'catalog_dead_letter'] as const) {
      const found = await writing
        .selectFrom(table)
        .select(['stream_id', 'stream_seq', 'published_us', 'message_id'])
        .where('stream_id', '=', stream)
        .where((is) =>
          ids.length === 0
            ? is('stream_seq', 'in', seqs)
            : is.or([is('stream_seq', 'in', seqs), is('message_id', 'in', ids)]),
        )
        .execute();
      // MySQL returns bytes where the other databases return text.
      for (const row of found)
        known.add({ ...row, message_id: row.message_id && String(row.message_id) });
    }
  }
  return known;
}

function placeAll(
  batch: Delivery[],
  { rows, feeds, known }: { rows: MessageRow[]; feeds: Map<string, FeedRow>; known: KnownMessages },
) {
  const records: RecordRow[] = [];
  const dead: DeadLetterRow[] = [];
  const outcomes = batch.map((delivery, i): Outcome => {
    const [row, feed] = [rows[i], feeds.get(delivery.feed)];
    if (!row || !feed) throw new Error(`feed ${delivery.feed} has no row`);
    if (known.add(row)) return 'repeated';
    const placed = place(feed, row, delivery);
    if (placed.record) records.push(placed.record);
    if (placed.dead) dead.push(placed.dead);
    return placed.outcome;
  });
  return { outcomes, records, dead };
}

async function raise(writing: Writing, feeds: Map<string, FeedRow>): Promise<void> {
  for (const { id, head, dead } of feeds.values()) {
    await writing.updateTable('catalog_feed').set({ head, dead }).where('id', '=', id).execute();
  }
}
