import { reactionsAfter } from '@parley/contract/events/message-after.ts';
import { REACTIONS_MAX } from '@parley/contract/events/reaction.ts';
import { asMessage, countsOf, type StoredRow } from '../event-row.ts';
import type { DeleteDraft, EditDraft, ReactionDraft, VoteDraft } from '../store.ts';
import {
  accountsOf,
  type Channel,
  type Decision,
  digestOf,
  type Found,
  type NewEvent,
  namesOf,
  newRow,
  refuse,
  withReplies,
} from './decide.ts';

/**
 * Decides a vote. It counts in the tallies of its message, in place of the voter's earlier vote.
 */
export function decideVote(channel: Channel, draft: VoteDraft, found: Found): Decision {
  const { target, vote = 0 } = found;
  if (!isThere(target)) return refuse('not-found');
  if (isShut(channel, draft)) return refuse('channel-closed');
  if (found.muted) return refuse('muted');
  const { ref, by: voter, value } = draft;
  if (value === vote) return unchanged(channel, draft, target);
  const up = target.up + Number(value === 1) - Number(vote === 1);
  const down = target.down + Number(value === -1) - Number(vote === -1);
  return change(draft, {
    columns: { up, down },
    changed: { ...target, up, down },
    vote: { ref, voter, value },
  });
}

/** Decides a reaction. It counts in the row of its message, once for a subject and an emoji. */
export function decideReaction(channel: Channel, draft: ReactionDraft, found: Found): Decision {
  const { target, reacted = false, muted } = found;
  if (!isThere(target)) return refuse('not-found');
  if (isShut(channel, draft)) return refuse('channel-closed');
  if (muted) return refuse('muted');
  const { ref, by: subject, emoji, added } = draft;
  if (added === reacted) return unchanged(channel, draft, target);
  const counts = countsOf(target);
  const known = counts[emoji] ?? 0;
  const isNew = known === 0 && added;
  if (isNew && Object.keys(counts).length >= REACTIONS_MAX) return refuse('too-many-reactions');
  const count = added ? known + 1 : known - 1;
  const after = reactionsAfter(counts, emoji, count);
  const reactions = after ? JSON.stringify(after) : null;
  return change(draft, {
    columns: { reactions: JSON.stringify({ [emoji]: count }) },
    changed: { ...target, reactions },
    reaction: { ref, subject, emoji, added },
  });
}

/** Decides an edit, which gives a message another text. Only the message's author may edit. */
export function decideEdit(channel: Channel, draft: EditDraft, { target, muted }: Found): Decision {
  if (!isThere(target)) return refuse('not-found');
  if (target.author !== draft.by) return refuse('forbidden');
  if (isShut(channel, draft)) return refuse('channel-closed');
  if (muted) return refuse('muted');
  const { message, at } = draft;
  if (target.message === message) return unchanged(channel, draft, target);
  const mentions = namesOf(draft.mentions);
  const hadMentions = target.mentions !== null || mentions !== null;
  return change(draft, {
    text: message,
    changed: { ...target, message, mentions, edited: at, digest: keptDigest(target) },
    ...(hadMentions && { mentioned: accountsOf(draft.mentions, target.author) }),
  });
}

/**
 * Decides a delete, which removes the text, the data, the votes and the reactions of a message. The message's author and
 * administrators may delete.
 */
export function decideDelete(channel: Channel, draft: DeleteDraft, found: Found): Decision {
  const { target, parent } = found;
  if (target?.kind !== 'message') return refuse('not-found');
  if (target.author !== draft.by && !draft.admin) return refuse('forbidden');
  if (target.deleted) return unchanged(channel, draft, target);
  const { audit } = draft;
  const ofAnother = audit && target.author !== draft.by;
  const gone = { ...NOTHING, edited: null, deleted: 1 };
  return change(draft, {
    changed: { ...target, ...gone, digest: keptDigest(target) },
    audit: ofAnother ? { ...audit, whom: target.username } : undefined,
    parent: parent && withReplies(parent, -1),
    ...(target.mentions !== null && { mentioned: [] }),
  });
}

/** The content of a deleted message. */
const NOTHING = { message: '', mentions: null, data: null, up: 0, down: 0, reactions: null };

type ChangeDraft = VoteDraft | ReactionDraft | EditDraft | DeleteDraft;

function isThere(target: StoredRow | undefined): target is StoredRow {
  return target?.kind === 'message' && !target.deleted;
}

function isShut({ closed }: Channel, { admin }: ChangeDraft): boolean {
  return Boolean(closed) && !admin;
}

function unchanged({ epoch }: Channel, draft: ChangeDraft, target: StoredRow): Decision {
  const message = asMessage(draft.channel, epoch, target);
  return { appended: { outcome: 'unchanged', message, server: draft.server } };
}

/** What to write for a change. `columns` are those of the event's own row. */
function change(
  draft: ChangeDraft,
  { columns, ...write }: Omit<NewEvent, 'row'> & { columns?: Partial<StoredRow> },
): Decision {
  return { write: { ...write, row: newRow(draft, { ...columns, ref: draft.ref }) } };
}

/** The digest of the text that came with a key. It stays the same when the text changes. */
function keptDigest(target: StoredRow): string | null {
  return target.key === null ? null : (target.digest ?? digestOf(target));
}
