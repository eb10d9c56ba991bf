/**
 * The stream that captured a message. A stream that is deleted and created again is a different
 * one, because it counts from 1 again.
 */
export interface StreamIdentity {
  name: string;
  /** When the stream was created, as the server writes it (RFC 3339, nanoseconds). */
  created: string;
}

/** A captured message. Times are microseconds since 1970 (UTC). */
export interface Delivery {
  feed: string;
  stream: StreamIdentity;
  /** Its sequence number in the stream. */
  streamSeq: number;
  /**
   * When the stream captured it; time and sequence number together identify the message in the
   * stream.
   */
  publishedUs: number;
  receivedUs: number;
  /** Its `Nats-Msg-Id`, if the publisher sent one. */
  messageId?: string;
  bytes: Uint8Array;
  /** The content of the bytes as JSON text, or the reason why they cannot be read. */
  decoded: { json: string } | { reason: string };
}

/** The outcome of a delivery: stored now as a record or as a dead letter, or known already. */
export type Outcome = 'stored' | 'dead' | 'repeated';

/** A stored message; `seq` counts 1, 2, 3 … in its feed, in the order of storing. */
export interface CatalogRecord {
  seq: number;
  stream: string;
  streamSeq: number;
  publishedUs: number;
  receivedUs: number;
  messageId: string | null;
  bytes: Uint8Array;
  json: string;
}

/** The query of a page of records. */
export interface RecordQuery {
  feed: string;
  /** The page begins after the record with this `seq`; 0 is before the first. */
  after: number;
  limit: number;
  /**
   * Only records published at this time or later. With `since` or `until` the order is that of
   * publishing, otherwise that of storing.
   */
  since?: number;
  /** Only records published before this time. */
  until?: number;
}

/** The state of a feed. */
export interface FeedState {
  feed: string;
  /** The number of records, which is also the `seq` of the newest. */
  stored: number;
  deadLetters: number;
  /** When the newest record was published; null without any. */
  publishedUs: number | null;
}

/** Stores every captured message once. */
export interface CatalogStore extends AsyncDisposable {
  /**
   * Stores a batch in one transaction: all of it is durable when the promise resolves, nothing is
   * stored when it rejects. A message that any process has stored before is not stored again.
   */
  append(batch: Delivery[]): Promise<Outcome[]>;
  /**
   * The next records: at least one if there is any, and fewer than the limit when records are long.
   */
  records(query: RecordQuery): Promise<CatalogRecord[]>;
  /** Those of the feeds that ever had a message. */
  feeds(names: string[]): Promise<FeedState[]>;
  /** Resolves when the store can be written. */
  check(): Promise<void>;
}
