import type { ChatEvent, ChatMessage } from '@parley/contract/event.ts';
import type { VoteValue } from '@parley/contract/vote.ts';

/** What every draft of an event has. `at` is in milliseconds since 1970 (UTC). */
interface Drafted {
  channel: string;
  server: string;
  at: number;
}

/** A message on its way into the log. */
export interface AppendMessage extends Drafted {
  kind: 'message';
  username: string;
  message: string;
  /** The subject of whoever speaks; null for a guest. */
  author: string | null;
  /** Of an `Idempotency-Key`: a repeat within the channel stores nothing. */
  key?: string;
  /** It was said elsewhere and is kept as it was, whoever has its name here. */
  imported?: true;
}

/** What somebody does to a message: `ref` is its seq, `by` the subject, `admin` whether it may do what administrators do. */
interface DraftedChange extends Drafted {
  ref: number;
  by: string;
  admin: boolean;
}

/** One voter has one vote on a message; 0 takes it back. */
export interface AppendVote extends DraftedChange {
  kind: 'vote';
  value: VoteValue;
}

export interface AppendEdit extends DraftedChange {
  kind: 'edit';
  message: string;
}

export interface AppendDelete extends DraftedChange {
  kind: 'delete';
}

/** From a close to a reopen nobody speaks in the channel. */
export interface AppendClosing extends Drafted {
  kind: 'close' | 'reopen';
}

/** Whatever is on its way into the log. */
export type Append = AppendMessage | AppendVote | AppendEdit | AppendDelete | AppendClosing;

/** Why an append is not stored. */
export type Refusal =
  | 'idempotency-mismatch'
  | 'channel-closed'
  | 'name-taken'
  | 'not-found'
  | 'forbidden'
  | 'malformed-request';

/**
 * What became of an append: `stored` now, `replayed` (the key is known and the body the same),
 * `unchanged` (it is so already), or `refused`. `message` is the message that it is or is about, as
 * it is now; opening and closing have none. `server` is the one that stored it.
 */
export type Appended =
  | { outcome: 'stored'; event: ChatEvent; message?: ChatMessage; server: string }
  | { outcome: 'replayed'; message: ChatMessage; server: string }
  | { outcome: 'unchanged'; message?: ChatMessage; server: string }
  | { outcome: 'refused'; reason: Refusal };

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
  /** Whether nobody may speak, as of `head`. */
  closed: boolean;
}

/** What is kept of a channel; `limit` bounds how many events go at once. */
export interface TrimQuery {
  channel: string;
  /** The newest so many. */
  keepEvents: number;
  /** Those since this time, milliseconds since 1970 (UTC). An event goes when either bound says so. */
  keepSince: number;
  /** Events that are dated later, by an import or a wrong clock, go with those behind them. */
  now: number;
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
