/** The stream that a message was captured in. One that is deleted and made again is another: it counts from 1 again. */
export interface StreamIdentity {
  name: string;
  /** When it was made, as the server says it (RFC 3339, nanoseconds). */
  created: string;
}

/** A message as it was captured. Times are microseconds since 1970 (UTC). */
export interface Delivery {
  feed: string;
  stream: StreamIdentity;
  /** Its sequence in the stream. */
  streamSeq: number;
  /** When it was captured in the stream; with the sequence, what tells it from any other there. */
  publishedUs: number;
  receivedUs: number;
  /** Its `Nats-Msg-Id`, where the publisher sent one. */
  messageId?: string;
  bytes: Uint8Array;
  /** What the bytes say, as JSON text, or why they cannot be read. */
  decoded: { json: string } | { reason: string };
}

/** What became of a delivery: stored now as a record or a dead letter, or there already. */
export type Outcome = 'stored' | 'dead' | 'repeated';

/** A stored message: `seq` counts 1, 2, 3 … in its feed, in the order of storing. */
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

/** Where a page begins: after this record, in the order of the query. */
export interface RecordQuery {
  feed: string;
  /** A `seq`; 0 is before the first. */
  after: number;
  limit: number;
  /** Published at this time or later. With `since` or `until` the order is that of publishing, else that of storing. */
  since?: number;
  /** Published before this time. */
  until?: number;
}

/** What is known of a feed. */
export interface FeedState {
  feed: string;
  /** Records stored, which is also the `seq` of the newest. */
  stored: number;
  deadLetters: number;
  /** When the newest record was published; null without any. */
  publishedUs: number | null;
}

/** Everything that was captured, each message once. */
export interface CatalogStore extends AsyncDisposable {
  /**
   * Stores a batch in one transaction: all of it is durable when this resolves, none of it is stored
   * when it rejects. What is there already, from whatever process, is not stored again.
   */
  append(batch: Delivery[]): Promise<Outcome[]>;
  /** The next records, at least one where there is one, and fewer than asked for where they are long. */
  records(query: RecordQuery): Promise<CatalogRecord[]>;
  /** The feeds among these that have ever had a message. */
  feeds(names: string[]): Promise<FeedState[]>;
  /** Resolves when the store takes writes. */
  check(): Promise<void>;
}
