import { foldName } from '@parley/contract/accounts/fold.ts';
import { mentionCandidates } from '../../names/mention-candidates.ts';
import {
  type Draft,
  type EditDraft,
  isPostDraft,
  type Mentioned,
  type MessageDraft,
} from '../store.ts';

/** In place of an account's id: all accounts, which an administrator mentions by `@all`. */
export const EVERYONE = '*';
const ALL = 'all';

/** The newest events of a channel among which a name that spoke is looked for. */
export const SPOKEN_EVENTS = 1_000;

/** The names that may be mentioned, in the store. */
export interface KnownNames {
  /** Accounts, by the keys of their names (`foldName`). */
  accounts: ReadonlyMap<string, { id: string; username: string }>;
  /** The names that spoke in a channel. */
  spoken: ReadonlyMap<string, ReadonlySet<string>>;
}

type Mentioning = MessageDraft | EditDraft;

/** Drafts that may mention someone, with the texts after each "@". */
export type Candidates = ReadonlyMap<Mentioning, string[][]>;

/** Finds the texts of a batch that may be names. There is none in most batches. */
export function candidatesOf(batch: Draft[]): Candidates {
  const found = new Map<Mentioning, string[][]>();
  for (const draft of batch) {
    const isText = draft.kind === 'edit' || (draft.kind === 'message' && !draft.imported);
    const candidates = isText ? mentionCandidates(draft.message) : [];
    if (isText && candidates.length > 0) found.set(draft, candidates);
  }
  return found;
}

/** The keys of the accounts to look up. */
export function accountKeys(candidates: Candidates): string[] {
  return [...new Set(candidates.values().flatMap((lists) => lists.flat().map(foldName)))];
}

/** The names to look for in each channel. */
export function spokenNames(candidates: Candidates): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const [{ channel }, lists] of candidates) {
    names.set(channel, [...(names.get(channel) ?? []), ...lists.flat().map(composed)]);
  }
  return names;
}

/** The drafts of a batch with their mentions. A name that speaks in the batch is known after that. */
export function withMentions(batch: Draft[], candidates: Candidates, known: KnownNames): Draft[] {
  if (candidates.size === 0) return batch;
  const spoken = new Map(known.spoken.entries().map(([name, names]) => [name, new Set(names)]));
  return batch.map((draft) => {
    const lists = candidates.get(draft as Mentioning);
    const names = spoken.get(draft.channel);
    if (isPostDraft(draft)) names?.add(draft.username);
    if (lists === undefined) return draft;
    const mentions = chooseMentions(lists, (draft as Mentioning).admin === true, {
      accounts: known.accounts,
      spoken: names ?? new Set(),
    });
    return mentions.length === 0 ? draft : { ...draft, mentions };
  });
}

/** The longest known name after each "@", each name once, in the order of the text. */
function chooseMentions(
  lists: string[][],
  mayCallAll: boolean,
  known: { accounts: KnownNames['accounts']; spoken: ReadonlySet<string> },
): Mentioned[] {
  const mentions = new Map<string, Mentioned>();
  for (const names of lists) {
    const found = names
      .toReversed()
      .map((name) => mentionedBy(name, mayCallAll, known))
      .find((mentioned) => mentioned !== undefined);
    if (found) mentions.set(found.name, found);
  }
  return [...mentions.values()];
}

function mentionedBy(
  name: string,
  mayCallAll: boolean,
  { accounts, spoken }: { accounts: KnownNames['accounts']; spoken: ReadonlySet<string> },
): Mentioned | undefined {
  const key = foldName(name);
  // No one else may call everyone, not even by taking the name.
  if (key === ALL) return mayCallAll ? { name: ALL, accountId: EVERYONE } : undefined;
  const account = accounts.get(key);
  if (account) return { name: account.username, accountId: account.id };
  return spoken.has(composed(name)) ? { name: composed(name) } : undefined;
}

/** Names are stored in this form. */
function composed(name: string): string {
  return name.normalize('NFC');
}
