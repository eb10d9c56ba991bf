import { messageKey } from './message-key.ts';
import type { Delivery, Outcome } from './store.ts';

/** A row of `catalog_feed`, as far as writers need it. */
export interface FeedRow {
  id: number;
  head: number;
  dead: number;
}

/** What a row of a record and one of a dead letter have in common: which message it is. */
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

/** What tells messages apart, as far as a database has seen them. */
export class KnownMessages {
  readonly #known = new Set<string>();

  /** Whether the message, or one with its id, was seen; from now on it was. */
  meet(row: Pick<MessageRow, 'stream_id' | 'stream_seq' | 'published_us' | 'message_id'>): boolean {
    const { stream_id: stream, stream_seq: seq, published_us: published, message_id: id } = row;
    const names = [`${stream} ${seq} ${published}`];
    if (id !== null) names.push(`${stream} id ${id}`);
    const met = names.some((name) => this.#known.has(name));
    for (const name of names) this.#known.add(name);
    return met;
  }
}

/** The row of a message, without what it says. */
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

/** Gives a message its place: the next number of its feed, raised in `feed`, or one among the dead letters. */
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
