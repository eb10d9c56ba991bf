import type { ChatEvent } from '@parley/contract/event.ts';

/** A message on its way into the log. `at` is in milliseconds since 1970 (UTC). */
export interface Append {
  channel: string;
  username: string;
  message: string;
  server: string;
  at: number;
  /** Of an `Idempotency-Key`: a repeat within the channel stores nothing. */
  key?: string;
}

/**
 * What became of an append: `stored` now, `replayed` (the key is known and the body the same: the
 * first event), or `mismatch` (the key is known with another body).
 */
export type Appended =
  | { outcome: 'stored' | 'replayed'; event: ChatEvent; server: string }
  | { outcome: 'mismatch' };

/** Which events of a channel: seqs between `after` and `before`, both excluded. */
export interface PageQuery {
  channel: string;
  after: number;
  before: number;
  limit: number;
  /** With `newest`, the last of the range rather than the first; in rising order all the same. */
  newest: boolean;
}

/** May hold fewer events than asked for where they are long. `epoch` is null and `head` 0 where the channel has never had an event. */
export interface Page {
  epoch: string | null;
  head: number;
  events: ChatEvent[];
}

/** What is kept of a channel; `limit` bounds how many events go at once. */
export interface TrimQuery {
  channel: string;
  /** The newest so many. */
  keepEvents: number;
  /** Those since this time, milliseconds since 1970 (UTC). An event goes when either bound says so. */
  keepSince: number;
  limit: number;
}

export interface ChannelQuery {
  /** Names greater than this one. */
  after: string;
  limit: number;
  /** Only these, where given. */
  names?: string[];
}

export interface ChannelState {
  channel: string;
  epoch: string;
  head: number;
  /** Time of the newest event, milliseconds since 1970 (UTC). */
  at: number;
}

/** The log of every channel. */
export interface Store extends AsyncDisposable {
  /**
   * Stores a batch in one transaction: all of it is durable when this resolves, none of it is
   * stored when it rejects. In each channel seq order is commit order.
   */
  append(batch: Append[]): Promise<Appended[]>;
  page(query: PageQuery): Promise<Page>;
  channels(query: ChannelQuery): Promise<ChannelState[]>;
  /** Removes a channel's oldest events that are no longer kept; resolves with how many went. */
  trim(query: TrimQuery): Promise<number>;
  /** Resolves when the store takes writes. */
  check(): Promise<void>;
}
