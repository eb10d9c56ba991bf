import { createHash } from 'node:crypto';
import { EVERY_PRIVATE_CHANNEL, type Viewer } from '@parley/kit/viewer.ts';
import type { AccessChange, AccessOutcome, Actor } from '../people/access.ts';
import { type Appended, type Draft, isPostDraft, type PostPreview } from '../store.ts';
import { isReply } from './decide.ts';

/** Most members of a private channel. */
export const MEMBERS_MAX = 1_000;

/** A channel's row, as far as access depends on it. */
export interface AccessRow {
  private: number;
  /** Empty when the account of the maker was removed. */
  maker: string | null;
  people: string | null;
}

/** What a change is decided by, beside the row. `muted`: who asks is muted in the channel. */
export interface AccessFound {
  members: ReadonlySet<string>;
  muted: boolean;
}

/** What to write for a change of access. `create`: the channel has no row yet. */
export interface AccessWrite {
  create: boolean;
  private: number;
  maker: string | null;
  add: string[];
  remove: string[];
}

/** True when a channel is private and its viewer may not enter it. */
export function isHidden(
  isPrivate: number,
  viewer: Viewer | undefined,
  isMember: boolean,
): boolean {
  return isPrivate === 1 && viewer !== EVERY_PRIVATE_CHANNEL && !isMember;
}

/** The preview of a post in a channel that is hidden from its viewer. */
export const HIDDEN: PostPreview = { side: 'private', refusal: 'no-channel' };

/** The outcome of a draft for a channel that is hidden from its viewer: as if there were none. */
export function decideHidden(draft: Draft): Appended {
  const { kind, server } = draft;
  if (kind === 'reopen') return { outcome: 'unchanged', server };
  const creates = (isPostDraft(draft) && !isReply(draft)) || kind === 'close';
  return { outcome: 'refused', reason: creates ? 'no-channel' : 'not-found' };
}

/** Decides a change of access by the channel's row, its mutes and the ids of its members. */
export function decideAccess(
  row: AccessRow | undefined,
  { members, muted }: AccessFound,
  change: AccessChange,
): { outcome: AccessOutcome; write?: AccessWrite } {
  const { by } = change;
  if (!row) return 'private' in change && change.private ? made(by) : refuse('not-found');
  const isSelf = 'remove' in change && change.remove === by.account && members.has(change.remove);
  const refusal = changeRefusal(row, { members, muted }, by, isSelf);
  if (refusal) return refuse(refusal);
  return 'private' in change
    ? decidePrivate(row, members, change)
    : decideMember(row, members, change);
}

/**
 * Why someone may not change who may enter a channel, or its name; undefined for its maker and for
 * administrators. `isSelf`: it is about a member that leaves.
 */
export function changeRefusal(
  row: AccessRow,
  { members, muted }: AccessFound,
  by: Actor,
  isSelf = false,
): 'not-found' | 'forbidden' | 'muted' | undefined {
  const isKnown = row.private === 0 || by.admin || isMember(members, by);
  if (!isKnown) return 'not-found';
  if (row.people !== null) return 'forbidden';
  if (isSelf || by.admin) return undefined;
  if (!by.account || row.maker !== by.account) return 'forbidden';
  return muted ? 'muted' : undefined;
}

/** The key of a direct channel: two channels with the same people have the same key. */
export function peopleKey(people: string[]): string {
  const ids = [...new Set(people)].sort().join(' ');
  return createHash('sha256').update(ids).digest('hex');
}

function made({ account }: Actor): { outcome: AccessOutcome; write: AccessWrite } {
  const add = account === undefined ? [] : [account];
  return {
    outcome: { changed: 'members' },
    write: { create: true, private: 1, maker: account ?? null, add, remove: [] },
  };
}

function decidePrivate(
  row: AccessRow,
  members: ReadonlySet<string>,
  { by, private: wanted }: AccessChange & { private: boolean },
): { outcome: AccessOutcome; write?: AccessWrite } {
  if ((row.private === 1) === wanted) return { outcome: { changed: undefined } };
  const entering = wanted ? [row.maker, by.account] : [];
  const add = [...new Set(entering.flatMap((id) => id || []))].filter((id) => !members.has(id));
  return {
    outcome: { changed: wanted ? 'private' : 'public' },
    write: { create: false, private: wanted ? 1 : 0, maker: row.maker, add, remove: [] },
  };
}

function decideMember(
  { private: isPrivate, maker }: AccessRow,
  members: ReadonlySet<string>,
  change: AccessChange & ({ add: string } | { remove: string }),
): { outcome: AccessOutcome; write?: AccessWrite } {
  const id = 'add' in change ? change.add : change.remove;
  if (members.has(id) === 'add' in change) return { outcome: { changed: undefined } };
  if ('add' in change && members.size >= MEMBERS_MAX) return refuse('too-many-members');
  const [add, remove] = 'add' in change ? [[id], []] : [[], [id]];
  return {
    outcome: { changed: isPrivate === 1 ? 'members' : undefined },
    write: { create: false, private: isPrivate, maker, add, remove },
  };
}

function isMember(members: ReadonlySet<string>, { account }: Actor): boolean {
  return account !== undefined && members.has(account);
}

function refuse(refused: Extract<AccessOutcome, { refused: string }>['refused']): {
  outcome: AccessOutcome;
} {
  return { outcome: { refused } };
}
