import { hash } from 'node:crypto';
import { asMessage, type ChannelRow, type StoredRow } from '../event-row.ts';
import type { Appended, ClosingDraft, Draft, MessageDraft } from '../store.ts';

/** A channel's row. A decision does not change it. */
export type Channel = Readonly<ChannelRow>;

/** What a draft is decided by. The store reads it in the transaction, with the channel locked. */
export interface Found {
  /** The message with the draft's key. */
  known?: StoredRow | undefined;
  /** The subject of the account to which the draft's name belongs. */
  owner?: string | undefined;
  /** The event that the draft is about. */
  target?: StoredRow | undefined;
  /** The voter's vote on that event until now. */
  vote?: number;
}

/** A voter's vote on message `ref`. */
export interface Vote {
  ref: number;
  voter: string;
  value: number;
}

/** What to write for a draft. The writer gives the event its number (`numberEvent`). */
export interface NewEvent {
  row: Omit<StoredRow, 'seq'>;
  /** The text of an edit, which is in the event that is published, but not in its row. */
  text?: string;
  /** The changed message. When it is deleted, its votes are removed, too. */
  changed?: StoredRow;
  vote?: Vote;
  /** 1 when the event closes the channel, 0 when it reopens the channel. */
  closed?: number;
}

/** What to write for a draft, or the outcome of a draft for which nothing is written. */
export type Decision = { write: NewEvent } | { write?: undefined; appended: Appended };

/** Decides a draft for a channel that does not exist and that the draft does not create. */
export function decideWithoutChannel({ kind, server }: Draft): Appended {
  if (kind === 'reopen') return { outcome: 'unchanged', server };
  return { outcome: 'refused', reason: kind === 'message' ? 'name-taken' : 'not-found' };
}

/** True when a draft creates the channel where there is none: a close, or a message that is not refused. */
export function createsChannel(draft: Draft, owner: string | undefined): boolean {
  return draft.kind === 'close' || (draft.kind === 'message' && !isNameTaken(draft, owner));
}

function isNameTaken({ author, imported }: MessageDraft, owner: string | undefined): boolean {
  return owner !== undefined && owner !== author && !imported;
}

/** Stores a message, unless its key is known, the channel is closed or the name is taken. */
export function decideMessage(
  channel: Channel,
  draft: MessageDraft,
  { known, owner }: Found,
): Decision {
  if (known) return { appended: replay(known, draft, channel.epoch) };
  if (channel.closed) return refuse('channel-closed');
  if (isNameTaken(draft, owner)) return refuse('name-taken');
  const { username, message, author, key = null } = draft;
  const digest = key === null ? null : digestOf(draft);
  return { write: { row: newRow(draft, { username, message, author, key, digest }) } };
}

/** Closes a channel or opens it again. */
export function decideClosing(channel: Channel, draft: ClosingDraft): Decision {
  const { kind, server } = draft;
  const closed = kind === 'close' ? 1 : 0;
  if (channel.closed === closed) return { appended: { outcome: 'unchanged', server } };
  return { write: { row: newRow(draft, {}), closed } };
}

/** The row of a draft's event: the columns in `more`, and the others empty. */
export function newRow(
  { kind, at, server }: Draft,
  more: Partial<Omit<StoredRow, 'seq'>>,
): Omit<StoredRow, 'seq'> {
  return {
    kind,
    at,
    server,
    username: '',
    message: '',
    up: 0,
    down: 0,
    edited: null,
    deleted: 0,
    ref: null,
    author: null,
    key: null,
    digest: null,
    ...more,
  };
}

export function refuse(reason: (Appended & { outcome: 'refused' })['reason']): Decision {
  return { appended: { outcome: 'refused', reason } };
}

/** A digest that shows, when a key is repeated, whether the message is the same. */
export function digestOf({ username, message }: { username: string; message: string }): string {
  return hash('sha256', `${username}\0${message}`, 'base64url');
}

/** The outcome of a draft whose key is known: the first message again, or a refusal. */
function replay(known: StoredRow, draft: MessageDraft, epoch: string): Appended {
  if ((known.digest ?? digestOf(known)) !== digestOf(draft)) {
    return { outcome: 'refused', reason: 'idempotency-mismatch' };
  }
  const message = asMessage(draft.channel, epoch, known);
  return { outcome: 'replayed', message, server: known.server };
}
