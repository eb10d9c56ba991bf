import { hash } from 'node:crypto';
import { accountIdOf, accountSubject } from '@parley/contract/accounts/subject.ts';
import {
  ARCHIVED,
  ARCHIVES,
  asPosted,
  type ChannelRow,
  CLOSED,
  OPEN,
  type StoredRow,
} from '../event-row.ts';
import type { AuditDraft } from '../people/audit.ts';
import {
  type Appended,
  type ClosingDraft,
  type Draft,
  isPostDraft,
  type Mentioned,
  type MessageDraft,
  type PostDraft,
  type UnplacedPost,
} from '../store.ts';

/** A channel's row. A decision does not change it. */
export type Channel = Readonly<ChannelRow>;

/** What a draft is decided by. The store reads it in the transaction, with the channel locked. */
export interface Found {
  /** The message or typed event with the draft's key. */
  known?: StoredRow | undefined;
  /** The subject of the account to which the draft's name belongs. */
  owner?: string | undefined;
  /** The event that the draft is about or replies to. */
  target?: StoredRow | undefined;
  /** The voter's vote on that event until now. */
  vote?: number;
  /** The message that the target replies to. */
  parent?: StoredRow | undefined;
  /** True when the draft's subject has that reaction on that event. */
  reacted?: boolean;
  /** True when the sender is muted in the channel. */
  muted?: boolean;
}

/** A voter's vote on message `ref`. */
export interface Vote {
  ref: number;
  voter: string;
  value: number;
}

/** A reaction on message `ref`, added or taken back. */
export interface Reaction {
  ref: number;
  subject: string;
  emoji: string;
  added: boolean;
}

/** What to write for a draft. The writer gives the event its number (`numberEvent`). */
export interface NewEvent {
  row: Omit<StoredRow, 'seq'>;
  /** The text of an edit, which is in the event that is published, but not in its row. */
  text?: string;
  /** The changed message. When it is deleted, its votes and reactions are removed, too. */
  changed?: StoredRow;
  vote?: Vote;
  /** The ids of the accounts that a message mentions from now on. */
  mentioned?: string[] | undefined;
  /** A message with another number of replies. */
  parent?: StoredRow | undefined;
  reaction?: Reaction;
  /** OPEN, CLOSED or ARCHIVED from this event on. */
  closed?: number;
  /** The act of an administrator that is kept with the event. */
  audit?: AuditDraft | undefined;
}

/** What to write for a draft, or the outcome of a draft for which nothing is written. */
export type Decision = { write: NewEvent } | { write?: undefined; appended: Appended };

/** Decides a draft for a channel that does not exist and that the draft does not create. */
export function decideWithoutChannel(draft: Draft): Appended {
  if (draft.kind === 'reopen') return { outcome: 'unchanged', server: draft.server };
  if (draft.kind === 'close') return { outcome: 'refused', reason: 'no-channel' };
  const isNamed = isPostDraft(draft) && !isReply(draft);
  return { outcome: 'refused', reason: isNamed ? 'name-taken' : 'not-found' };
}

/**
 * True when a draft creates the channel where there is none: a close that does not archive it, or a post
 * that is not refused.
 */
export function createsChannel(draft: Draft, owner: string | undefined): boolean {
  if (draft.kind === 'close') return !draft.archived;
  return isPostDraft(draft) && !isReply(draft) && !isNameTaken(draft, owner);
}

/** True for the draft of a message that replies to another one. */
export function isReply(draft: Draft): draft is MessageDraft & { replyTo: number } {
  return draft.kind === 'message' && draft.replyTo !== undefined;
}

/** The id of the account that makes a channel with its first post; null when it is no account. */
export function makerOf(draft: Draft): string | null {
  return isPostDraft(draft) ? (accountIdOf(draft.author) ?? null) : null;
}

/**
 * The id of the account that makes a channel with its first event; undefined for a channel that has an
 * event or a maker, or that is private: an account that enters it does not make it.
 */
export function makerBy(
  { head, maker, private: isPrivate }: Pick<Channel, 'head' | 'private'> & { maker: string | null },
  draft: Draft,
): string | undefined {
  if (head > 0 || maker !== null || isPrivate === 1) return undefined;
  return makerOf(draft) ?? undefined;
}

function isNameTaken({ author, imported }: UnplacedPost, owner: string | undefined): boolean {
  return owner !== undefined && owner !== author && !imported;
}

/**
 * The subject whose mute decides a draft; undefined where the channel has no mute at that time, and for
 * drafts that are not refused for a mute.
 */
export function mutedSubject(
  { muted_until }: Pick<Channel, 'muted_until'>,
  draft: Pick<Draft, 'at'> & (Pick<PostDraft, 'kind' | 'author'> | { kind: string; by?: string }),
): string | undefined {
  if (muted_until <= draft.at) return undefined;
  if ('author' in draft) return draft.author ?? undefined;
  return draft.kind === 'delete' || !('by' in draft) ? undefined : draft.by;
}

/** Why a post without a known key is refused; undefined when it can be stored. */
export function postRefusal(
  channel: Pick<Channel, 'closed'> | undefined,
  post: UnplacedPost,
  { owner, muted }: Pick<Found, 'owner' | 'muted'>,
): 'channel-closed' | 'name-taken' | 'muted' | undefined {
  if (channel?.closed) return 'channel-closed';
  if (muted) return 'muted';
  return isNameTaken(post, owner) ? 'name-taken' : undefined;
}

/** Stores a post, unless its key is known, the channel is closed or the name is taken. */
export function decidePost(channel: Channel, draft: PostDraft, found: Found): Decision {
  const { known, target } = found;
  if (known) return { appended: replay(known, draft, channel.epoch) };
  const refusal = postRefusal(channel, draft, found);
  if (refusal !== undefined) return refuse(refusal);
  const fault = isReply(draft) ? replyFault(target) : undefined;
  if (fault !== undefined) return refuse(fault);
  const content = contentOf(draft);
  const { username, author, key = null } = draft;
  const digest = key === null ? null : digestOf({ username, ...content });
  const mentions = draft.kind === 'message' ? draft.mentions : undefined;
  const names = namesOf(mentions);
  const row = newRow(draft, { username, ...content, author, key, digest, mentions: names });
  return {
    write: {
      row,
      ...(mentions && { mentioned: accountsOf(mentions, author) }),
      ...(target && { parent: withReplies(target, 1) }),
    },
  };
}

/** The column of the names that a message mentions. */
export function namesOf(mentions: Mentioned[] = []): string | null {
  return mentions.length === 0 ? null : JSON.stringify(mentions.map(({ name }) => name));
}

/** The ids of the accounts that a message mentions, without its author's. */
export function accountsOf(mentions: Mentioned[] = [], author: string | null): string[] {
  return mentions.flatMap(({ accountId }) =>
    accountId === undefined || accountSubject(accountId) === author ? [] : [accountId],
  );
}

/** Why an event cannot be replied to; undefined for a message that is not deleted. */
function replyFault(target: StoredRow | undefined): 'not-found' | 'invalid-reply' | undefined {
  if (!target || target.deleted) return 'not-found';
  return target.kind === 'message' ? undefined : 'invalid-reply';
}

/** A message with some more replies, or fewer. */
export function withReplies(parent: StoredRow, more: number): StoredRow {
  return { ...parent, replies: parent.replies + more };
}

/** Closes a channel or opens it again. */
export function decideClosing(channel: Channel, draft: ClosingDraft): Decision {
  const { kind, archived, server, audit } = draft;
  const isClosing = kind === 'close';
  const closed = !isClosing ? OPEN : archived ? ARCHIVED : CLOSED;
  // An archived channel is closed already, and one that is only closed is not archived.
  const isDone = isClosing
    ? channel.closed >= closed
    : channel.closed === OPEN || (archived === true && channel.closed === CLOSED);
  if (isDone) return { appended: { outcome: 'unchanged', server } };
  const type = isClosing && archived ? ARCHIVES : null;
  return { write: { row: newRow(draft, { type }), closed, audit } };
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
    type: null,
    data: null,
    up: 0,
    down: 0,
    reactions: null,
    edited: null,
    deleted: 0,
    ref: null,
    author: null,
    key: null,
    digest: null,
    reply_to: null,
    replies: 0,
    mentions: null,
    ...more,
  };
}

export function refuse(reason: (Appended & { outcome: 'refused' })['reason']): Decision {
  return { appended: { outcome: 'refused', reason } };
}

type Content = Pick<StoredRow, 'message' | 'type' | 'data' | 'reply_to'>;

function contentOf(draft: PostDraft): Content {
  const { data = null } = draft;
  if (draft.kind === 'event') return { message: '', type: draft.type, data, reply_to: null };
  return { message: draft.message, type: null, data, reply_to: draft.replyTo ?? null };
}

/**
 * A digest that shows, when a key is repeated, whether the post is the same. Without type, data and
 * reply it is the digest that older versions made.
 */
export function digestOf({
  username,
  message,
  type,
  data,
  reply_to: replyTo,
}: Content & { username: string }): string {
  const reply = replyTo === null ? [] : [String(replyTo)];
  const isPlain = type === null && data === null && replyTo === null;
  const more = isPlain ? [] : [type ?? '', data ?? '', ...reply];
  return hash('sha256', [username, message, ...more].join('\0'), 'base64url');
}

/** The outcome of a draft whose key is known: the first event again, or a refusal. */
function replay(known: StoredRow, draft: PostDraft, epoch: string): Appended {
  const { username } = draft;
  if ((known.digest ?? digestOf(known)) !== digestOf({ username, ...contentOf(draft) })) {
    return { outcome: 'refused', reason: 'idempotency-mismatch', seq: known.seq };
  }
  const event = asPosted(draft.channel, epoch, known);
  return { outcome: 'replayed', event, server: known.server };
}
