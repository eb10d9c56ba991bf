/** An account has read a channel up to the event `seq`. */
export interface ReadMark {
  accountId: string;
  channel: string;
  seq: number;
}

/** Where an account may have something to read. */
export interface UnreadCount {
  channel: string;
  /** Messages of others after the position. */
  unread: number;
  /** Those that mention the account. */
  mentioned: number;
}

/** The positions up to which accounts have read channels. They only go forward. */
export interface ReadPositionStore {
  /**
   * Stores marks, each of another account or channel. Resolves with the positions that hold then. A
   * mark above a channel's head counts as one at the head.
   */
  mark(marks: ReadMark[]): Promise<number[]>;
  /** The position of an account; 0 when it has none. */
  position(accountId: string, channel: string): Promise<number>;
  /**
   * The counts of channels, among their newest events (`countRanges`); without those that are read.
   */
  unread(accountId: string, channels: string[]): Promise<UnreadCount[]>;
}
