import { messageKey } from './message-key.ts';
import type { Delivery, Outcome } from './store.ts';

/** The fields of a `catalog_feed` row that writers need. */
export interface FeedRow {
  id: number;
  head: number;
  dead: number;
}

/** The fields that a record and a dead letter share, which identify and contain the message. */
export interface MessageRow {
  feed_id: number;
  stream_id: number;
  stream_seq: number;
  published_us: number;
  received_us: number;
  message_id: string | null;
  bytes: Uint8Array;
}

export type RecordRow = MessageRow & { seq: number; decoded: string; size: number };
export type DeadLetterRow = MessageRow & { reason: string };

/** The identities of messages that a database has seen. */
export class KnownMessages {
  readonly #known = new Set<string>();

  /** Adds a message. True when it, or one with its id, was added before. */
  add(row: Pick<MessageRow, 'stream_id' | 'stream_seq' | 'published_us' | 'message_id'>): boolean {
    const { stream_id: stream, stream_seq: seq, published_us: published, message_id: id } = row;
    const names = [`${stream} ${seq} ${published}`];
    if (id !== null) names.push(`${stream} id ${id}`);
    const seen = names.some((name) => this.#known.has(name));
    for (const name of names) this.#known.add(name);
    return seen;
  }
}

/** The row of a message, without its decoded content. */
export function messageRow(
  delivery: Delivery,
  { feedId, streamId }: { feedId: number; streamId: number },
): MessageRow {
  return {
    feed_id: feedId,
    stream_id: streamId,
    stream_seq: delivery.streamSeq,
    published_us: delivery.publishedUs,
    received_us: delivery.receivedUs,
    message_id: messageKey(delivery.messageId),
    bytes: delivery.bytes,
  };
}

/**
 * Makes the row of a new message: a record with the next number of its feed, or a dead letter.
 * Raises the feed's count in `feed`.
 */
export function place(
  feed: FeedRow,
  row: MessageRow,
  { decoded }: Delivery,
): { outcome: Outcome; record?: RecordRow; dead?: DeadLetterRow } {
  if ('reason' in decoded) {
    feed.dead++;
    return { outcome: 'dead', dead: { ...row, reason: decoded.reason } };
  }
  feed.head++;
  const size = row.bytes.length + decoded.json.length;
  return { outcome: 'stored', record: { ...row, seq: feed.head, decoded: decoded.json, size } };
}
