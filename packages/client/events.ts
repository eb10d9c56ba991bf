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
  account?: true;
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

/** A change to message `ref`, or to the channel. */
export type Change = Common &
  (
    | { kind: 'vote'; ref: number; up: number; down: number }
    | { kind: 'edit'; ref: number; message: string }
    | { kind: 'delete'; ref: number }
    | { kind: 'close' | 'reopen' }
  );

/** Any event of the log. */
export type LogEvent = Message | TypedEvent | Change;

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
}

/** Who reads a channel: `here` is the whole list of names, `joined` and `left` change it. */
export interface Presence {
  channel: string;
  named: number;
  guests: number;
  here?: string[];
  joined?: string[];
  left?: string[];
}

/** A page of the log. `next` is the `after` or `before` of the next page; null on the last one. */
export interface Page {
  channel: string;
  epoch: string | null;
  head: number;
  events: LogEvent[];
  next: number | null;
  closed?: true;
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

/** The state of a channel when a stream begins. */
export interface ChannelState {
  channel: string;
  epoch: string | null;
  head: number;
  closed?: true;
}
