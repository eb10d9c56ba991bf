/** What every event of a channel's log has. `id` is `<epoch>:<seq>`; `at` is ISO 8601 in UTC. */
interface Common {
  channel: string;
  epoch: string;
  seq: number;
  id: string;
  at: string;
}

/** A message in its current state. */
export interface Message extends Common {
  kind: 'message';
  username: string;
  message: string;
  up: number;
  down: number;
  /** The number of reactions by emoji. */
  reactions?: Record<string, number>;
  /** In a page that was asked for with a token: the emoji of one's own reactions. */
  mine?: string[];
  account?: true;
  /** The seq of the message that it replies to. */
  replyTo?: number;
  /** In a page: the number of replies to it. In a stream count the messages with its seq as `replyTo`. */
  replies?: number;
  /** The names that its text mentions; `all` for everyone. */
  mentions?: string[];
  data?: unknown;
  edited?: string;
  deleted?: true;
}

/** An event with a type and data that its author chose. */
export interface TypedEvent<Data = unknown> extends Common {
  kind: 'event';
  type: string;
  username?: string;
  data: Data;
}

/** The tallies of message `ref` from now on. */
export interface Vote extends Common {
  kind: 'vote';
  ref: number;
  up: number;
  down: number;
}

/** The number of reactions with an emoji on message `ref` from now on; 0: none is left. */
export interface Reaction extends Common {
  kind: 'reaction';
  ref: number;
  emoji: string;
  count: number;
}

/** The text of message `ref` from now on. */
export interface Edit extends Common {
  kind: 'edit';
  ref: number;
  message: string;
  mentions?: string[];
}

/** Message `ref` has no text, votes and reactions any more. */
export interface Deletion extends Common {
  kind: 'delete';
  ref: number;
}

/** The channel takes no posts from now on, or takes them again. */
export interface Closing extends Common {
  kind: 'close' | 'reopen';
  /** The `close` archives the channel: lists leave it out. */
  archived?: true;
}

/** Any event of the log. */
export type LogEvent = Message | TypedEvent | Vote | Reaction | Edit | Deletion | Closing;

/** An event that is not stored; it reaches only those who are connected. */
export interface Signal<Data = unknown> {
  channel: string;
  kind: 'signal';
  type: string;
  at: string;
  username?: string;
  message?: string;
  data?: Data;
}

/**
 * The past of a channel cannot be resumed: the position is gone or of another log. Later events
 * follow; `history()` has the past.
 */
export interface Reset {
  channel: string;
  reason: string;
  /** With `renamed`: the name that the channel has now. A subscription gets `renamed` in place of it. */
  to?: string;
}

/** A channel has another name. The subscription goes on under it, unless a listener closes it. */
export interface Renamed {
  /** The name before. */
  channel: string;
  to: string;
}

/**
 * Who reads a channel: the number of readers with a name and of those without, the names unless there
 * are too many, and in an event of a change what it changed.
 */
export interface Presence {
  channel: string;
  named: number;
  guests: number;
  here: string[];
  joined?: string[];
  left?: string[];
}

/** Up to which event the account of the client has read a channel. */
export interface ReadPosition {
  channel: string;
  seq: number;
}

/** Until when the account of the client is muted in a channel (ISO 8601); null when that was ended. */
export interface Mute {
  channel: string;
  until: string | null;
}

/** A page of the log. `next` is the `after` or `before` of the next page; null on the last one. */
export interface Page {
  channel: string;
  epoch: string | null;
  head: number;
  events: LogEvent[];
  next: number | null;
  closed?: true;
  archived?: true;
}

/** The answer to a stored post. */
export interface Receipt {
  channel: string;
  epoch: string;
  seq: number;
  id: string;
  at: string;
  server: string;
  username?: string;
  message?: string;
  type?: string;
}

/** The answer to a stored message. */
export interface MessageReceipt extends Receipt {
  username: string;
  message: string;
}

/** The state of a channel when a stream begins. */
export interface ChannelState {
  channel: string;
  epoch: string | null;
  head: number;
  closed?: true;
  archived?: true;
}
