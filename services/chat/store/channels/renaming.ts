import type { Actor } from '../people/access.ts';
import type { AuditDraft } from '../people/audit.ts';

/** Old names of one channel. The oldest one becomes free when there are more. */
export const OLD_NAMES_MAX = 10;

/** A channel gets another name, asked for at a time in milliseconds since 1970 (UTC). */
export interface Rename {
  channel: string;
  name: string;
  by: Actor;
  at: number;
  /** Kept when it changes something. */
  audit?: AuditDraft;
}

/** Whether the channel has another name now, or why that is refused. `exists`: the name is in use. */
export type RenameOutcome =
  | { renamed: boolean }
  | { refused: 'not-found' | 'forbidden' | 'muted' | 'exists' };

/** What `old_name` has: the row of the channel that had a name, until it is deleted. */
export interface OldNameRow {
  name: string;
  channel_id: number;
  /** When the channel lost the name, milliseconds since 1970 (UTC). */
  at: number;
}

/**
 * Names of channels. No name is that of a channel and an old one of another: each writer that gives a
 * row a name looks into `old_name` after that, in its transaction.
 */
export interface RenamingStore {
  /** Decides with the channel locked, and writes it. Its row stays, with all that belongs to it. */
  rename(rename: Rename): Promise<RenameOutcome>;
  /** The name that a channel has now; undefined where the given one is no old name. */
  nameNow(oldName: string): Promise<string | undefined>;
}
