import type { Side } from '@parley/contract/channels/topic.ts';

/** An account has read a channel up to the event `seq`. */
export interface ReadMark {
  accountId: string;
  channel: string;
  seq: number;
}

/** What holds after a mark. */
export interface Marked {
  /** The account's position; 0 in a channel without events, or private for the account. */
  seq: number;
  /** True when the mark has moved the position forward. */
  raised: boolean;
  /** The side of the channel's name that the account sees. */
  side: Side;
}

/** What an account has read of a channel, and what it has not. */
export interface ReadState {
  channel: string;
  /** The position; 0 when the account has none. */
  read: number;
  /** Messages of others after the position. */
  unread: number;
  /** Those that mention the account. */
  mentioned: number;
}

/** The positions up to which accounts have read channels. They only go forward. */
export interface ReadPositionStore {
  /**
   * Stores marks, each of another account or channel. Resolves with what holds then. A mark above a
   * channel's head counts as one at the head. In a private channel only a member can mark.
   */
  mark(marks: ReadMark[]): Promise<Marked[]>;
  /** The position of an account; 0 when it has none, or may not enter the channel. */
  position(accountId: string, channel: string): Promise<number>;
  /** The positions and counts in channels, among their newest events (`countRanges`). */
  states(accountId: string, channels: string[]): Promise<ReadState[]>;
}
