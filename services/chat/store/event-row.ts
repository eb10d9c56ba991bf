import { isAccountSubject } from '@parley/contract/accounts/subject.ts';
import type {
  ChatEvent,
  ChatMessage,
  EventKind,
  TypedEvent,
} from '@parley/contract/events/event.ts';
import { encodePosition } from '@parley/contract/events/position.ts';
import type { JsonText } from '@parley/contract/json-text.ts';
import type { ChannelState, Posted } from './store.ts';

/** Text in one page, so that no page blocks the event loop of its receiver for long. */
const PAGE_BYTES = 1_048_576;

/**
 * The columns of `event` that readers see. The row of an edit has no text: an edit is read with the
 * current text of the message `ref`.
 */
export interface EventRow {
  seq: number;
  kind: EventKind;
  at: number;
  username: string;
  message: string;
  /** The type of a typed event; ARCHIVES in a `close` that archives the channel. */
  type: string | null;
  data: JsonText | null;
  up: number;
  down: number;
  /**
   * JSON: the counts of a message's reactions by emoji, the emoji first used first, null without any;
   * the emoji and the count of a reaction.
   */
  reactions: string | null;
  /** When it was last edited, milliseconds since 1970 (UTC). */
  edited: number | null;
  /** 1 when it is deleted. */
  deleted: number;
  /** The seq of the message that it is about. */
  ref: number | null;
  /** The subject of a message's author; null for a guest. */
  author: string | null;
  /** The seq of the message that a message replies to. */
  reply_to: number | null;
  /** Replies to a message that are not deleted. */
  replies: number;
  /** The names that a message mentions, as JSON; an edit is read with those of its message. */
  mentions: string | null;
}

/** The columns of `event` that writers need. */
export interface StoredRow extends EventRow {
  server: string;
  key: string | null;
  /**
   * The digest of the text that came with `key`: a repeat is known even when the text is deleted.
   */
  digest: string | null;
}

/** In the column `type` of a `close` that archives the channel. */
export const ARCHIVES = 'archive';

/** What readers select of `event`, in each dialect of SQL. */
export const READ_COLUMNS = [
  'seq',
  'kind',
  'at',
  'username',
  'type',
  'data',
  'up',
  'down',
  'reactions',
  'edited',
  'deleted',
  'ref',
  'author',
  'reply_to',
  'replies',
] as const;

/** What writers select of `event`. */
export const STORED_COLUMNS = [
  ...READ_COLUMNS,
  'message',
  'mentions',
  'server',
  'key',
  'digest',
] as const;

/** The text of an event as readers see it, in SQL that all stores understand. */
export const TEXT_NOW = `CASE WHEN event.kind = 'edit' THEN coalesce((
  SELECT target.message FROM event AS target
  WHERE target.channel_id = event.channel_id AND target.seq = event.ref
), '') ELSE event.message END`;

/** The mentions of an event as readers see them, in SQL that all stores understand. */
export const MENTIONS_NOW = `CASE WHEN event.kind = 'edit' THEN (
  SELECT target.mentions FROM event AS target
  WHERE target.channel_id = event.channel_id AND target.seq = event.ref
) ELSE event.mentions END`;

/** The columns of `channel` that writers need. */
export interface ChannelRow {
  id: number;
  epoch: string;
  head: number;
  /** OPEN, CLOSED or ARCHIVED. */
  closed: number;
  /** The last end of its mutes, milliseconds since 1970 (UTC); 0 without one. */
  muted_until: number;
  /** 1 while it is private. */
  private: number;
}

/** Whether a channel takes posts: `channel.closed`. An archived channel is closed, and is not listed. */
export const OPEN = 0;
export const CLOSED = 1;
export const ARCHIVED = 2;

/** Whether a channel is closed, and archived, in a page. */
export function closingOf({ closed }: Pick<ChannelRow, 'closed'>): {
  closed: boolean;
  archived?: true;
} {
  return closed === ARCHIVED ? { closed: true, archived: true } : { closed: closed === CLOSED };
}

/** A channel's row in a list. */
export type StateRow = Omit<ChannelState, 'private' | 'archived'> &
  Pick<ChannelRow, 'private' | 'closed'>;

/** Makes the state of a channel of its row. */
export function asState({ private: isPrivate, closed, ...state }: StateRow): ChannelState {
  return {
    ...state,
    ...(isPrivate === 1 && { private: true }),
    ...(closed === ARCHIVED && { archived: true }),
  };
}

/** Makes the event of a row. */
export function asEvent(channel: string, epoch: string, row: EventRow): ChatEvent {
  const { seq, kind } = row;
  if (kind === 'message' || kind === 'event') return asPosted(channel, epoch, row);
  const common = {
    channel,
    epoch,
    seq,
    id: encodePosition({ epoch, seq }),
    at: new Date(row.at).toISOString(),
  };
  const ref = row.ref ?? 0;
  switch (kind) {
    case 'vote':
      return { ...common, kind, ref, up: row.up, down: row.down };
    case 'reaction': {
      const [emoji = '', count = 0] = Object.entries(countsOf(row))[0] ?? [];
      return { ...common, kind, ref, emoji, count };
    }
    case 'edit':
      return { ...common, kind, ref, message: row.message, ...mentionsOf(row) };
    case 'delete':
      return { ...common, kind, ref };
    case 'close':
      return { ...common, kind, ...(row.type === ARCHIVES && { archived: true }) };
    case 'reopen':
      return { ...common, kind };
    default:
      throw unknownKind(kind);
  }
}

/** Makes the message or the typed event of a row of that kind. */
export function asPosted(channel: string, epoch: string, row: EventRow): Posted {
  return row.kind === 'event' ? asTyped(channel, epoch, row) : asMessage(channel, epoch, row);
}

/** The error for a kind of event without a case; the types find a missing case before. */
export function unknownKind(kind: never): Error {
  return new Error(`unknown kind of event: ${kind}`);
}

/** The counts in the column `reactions`, in their order. */
export function countsOf({ reactions }: Pick<EventRow, 'reactions'>): Record<string, number> {
  return reactions === null ? {} : JSON.parse(reactions);
}

/** Makes the message of a row of that kind. */
export function asMessage(channel: string, epoch: string, row: EventRow): ChatMessage {
  const { seq, at, username, message, data, up, down, edited, deleted, author } = row;
  const { reply_to: replyTo, replies } = row;
  const event: ChatMessage = {
    channel,
    epoch,
    seq,
    id: encodePosition({ epoch, seq }),
    kind: 'message',
    at: new Date(at).toISOString(),
    username,
    message,
    up,
    down,
  };
  // An older chat that deletes a message leaves its reactions.
  if (row.reactions !== null && !deleted) event.reactions = countsOf(row);
  if (author !== null && isAccountSubject(author)) event.account = true;
  if (replyTo !== null) event.replyTo = replyTo;
  if (replies > 0) event.replies = replies;
  Object.assign(event, mentionsOf(row));
  if (data !== null) event.data = data;
  if (edited !== null) event.edited = new Date(edited).toISOString();
  if (deleted) event.deleted = true;
  return event;
}

function mentionsOf({ mentions }: EventRow): { mentions?: string[] } {
  return mentions === null ? {} : { mentions: JSON.parse(mentions) };
}

function asTyped(channel: string, epoch: string, row: EventRow): TypedEvent {
  const { seq, at, type, username, data } = row;
  return {
    channel,
    epoch,
    seq,
    id: encodePosition({ epoch, seq }),
    kind: 'event',
    type: type ?? '',
    at: new Date(at).toISOString(),
    ...(username !== '' && { username }),
    data: data ?? 'null',
  };
}

/**
 * The first rows, up to a number and to about a megabyte of text, and at least one. `more` is true
 * when others follow.
 */
export function takePage(
  rows: Iterable<EventRow>,
  limit = Number.POSITIVE_INFINITY,
): { rows: EventRow[]; more: boolean } {
  const taken: EventRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (bytes > PAGE_BYTES || taken.length === limit) return { rows: taken, more: true };
    taken.push(row);
    bytes += row.username.length + row.message.length;
    bytes += (row.data?.length ?? 0) + (row.reactions?.length ?? 0);
  }
  return { rows: taken, more: false };
}
