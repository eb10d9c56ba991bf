import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import { type FeedRow, type MessageRow, messageRow, place } from '../numbering.ts';
import type { Delivery, Outcome, StreamIdentity } from '../store.ts';

/** The write side of the catalog, used by one thread only. */
export function openWriter(database: DatabaseSync) {
  const findFeed = database.prepare('SELECT id, head, dead FROM catalog_feed WHERE name = ?');
  const addFeed = database.prepare(
    'INSERT INTO catalog_feed (name, head, dead) VALUES (?, 0, 0) RETURNING id, head, dead',
  );
  const raiseFeed = database.prepare('UPDATE catalog_feed SET head = ?, dead = ? WHERE id = ?');
  const findStream = database.prepare(
    'SELECT id FROM catalog_stream WHERE name = ? AND created = ?',
  );
  const addStream = database.prepare(
    'INSERT INTO catalog_stream (name, created) VALUES (?, ?) RETURNING id',
  );
  const tables = ['catalog_record', 'catalog_dead_letter'];
  const findMessage = tables.map((table) =>
    database.prepare(
      `SELECT 1 FROM ${table} WHERE stream_id = ? AND stream_seq = ? AND published_us = ?`,
    ),
  );
  const findId = tables.map((table) =>
    database.prepare(`SELECT 1 FROM ${table} WHERE stream_id = ? AND message_id = ?`),
  );
  const addRecord = database.prepare(
    `INSERT INTO catalog_record (feed_id, stream_id, stream_seq, published_us, received_us, message_id, bytes, seq, decoded, size)
     VALUES (:feed_id, :stream_id, :stream_seq, :published_us, :received_us, :message_id, :bytes, :seq, :decoded, :size)`,
  );
  const addDeadLetter = database.prepare(
    `INSERT INTO catalog_dead_letter (feed_id, stream_id, stream_seq, published_us, received_us, message_id, bytes, reason)
     VALUES (:feed_id, :stream_id, :stream_seq, :published_us, :received_us, :message_id, :bytes, :reason)`,
  );

  const feedRow = (name: string) => (findFeed.get(name) ?? addFeed.get(name)) as unknown as FeedRow;

  const streamId = ({ name, created }: StreamIdentity) =>
    Number((findStream.get(name, created) ?? addStream.get(name, created))?.id);

  function isKnown(row: MessageRow): boolean {
    const { stream_id: stream, stream_seq: seq, published_us: published, message_id: id } = row;
    if (findMessage.some((statement) => statement.get(stream, seq, published))) return true;
    return id !== null && findId.some((statement) => statement.get(stream, id));
  }

  function append(batch: Delivery[]): Outcome[] {
    const feeds = new Map<string, FeedRow>();
    const outcomes = batch.map((delivery): Outcome => {
      const feed = feeds.get(delivery.feed) ?? feedRow(delivery.feed);
      feeds.set(delivery.feed, feed);
      const row = messageRow(delivery, { feedId: feed.id, streamId: streamId(delivery.stream) });
      if (isKnown(row)) return 'repeated';
      const { outcome, record, dead } = place(feed, row, delivery);
      if (record) addRecord.run({ ...record });
      if (dead) addDeadLetter.run({ ...dead });
      return outcome;
    });
    for (const { id, head, dead } of feeds.values()) raiseFeed.run(head, dead, id);
    return outcomes;
  }

  return {
    append: (batch: Delivery[]) => inTransaction(database, () => append(batch)),
    /** Proves that the file can be written: writes and commits a page with its old content. */
    check(): void {
      inTransaction(database, () =>
        database.exec('UPDATE catalog_migration SET version = version'),
      );
    },
  };
}
