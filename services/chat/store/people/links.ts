import type { Account, EndedSession } from '../accounts.ts';
import type { AuditDraft } from './audit.ts';

/**
 * What a link allows: `first` makes the first administrator, `invitation` an account, `reset` sets
 * the password of `accountId`.
 */
export type LinkKind = 'first' | 'invitation' | 'reset';

/**
 * A link, whose secret the store does not have. Times are milliseconds since 1970 (UTC). A link
 * replaces an earlier one with its id.
 */
export interface Link {
  id: string;
  kind: LinkKind;
  /** SHA-256 of the secret. */
  hash: string;
  /** Empty, but for a reset. */
  accountId: string;
  /** How often it can still be used. */
  uses: number;
  expiresAt: number;
}

/** A row of `link`. */
export interface LinkRow {
  id: string;
  kind: LinkKind;
  hash: string;
  account_id: string;
  uses: number;
  expires_at: number;
}

/** Links that have not expired. */
export const LINKS_MAX = 10_000;

/** Links by which people get an account, or into their account. */
export interface LinkStore {
  /** False, and stores nothing, when there are LINKS_MAX, or for `first` when there is an account. */
  add(link: Link, now: number, act?: AuditDraft): Promise<boolean>;
  /** A link that can be used. */
  find(hash: string, now: number): Promise<Link | undefined>;
  /**
   * Uses a link for a new account. Resolves with the account, which is an administrator for `first`;
   * with `taken` when its name or address has an account, so that the link is not used; with
   * `invalid` when the link cannot be used.
   */
  signUp(hash: string, account: Account): Promise<Account | 'taken' | 'invalid'>;
  /**
   * Uses a link to set a password, and ends every session of the account. Resolves with the sessions
   * that ended; with false when the link cannot be used.
   */
  reset(hash: string, passwordHash: string, now: number): Promise<EndedSession[] | false>;
  /** The invitations that can be used, in the order of their ids, after the id `after`. */
  invitations(query: { after: string; limit: number; now: number }): Promise<Link[]>;
  /** Takes a link back. False when there is none. */
  remove(id: string, act?: AuditDraft): Promise<boolean>;
  removeExpired(now: number): Promise<number>;
}

/** The id of the link that sets an account's password: there is one at a time. */
export function resetLinkId(accountId: string): string {
  return `reset ${accountId}`;
}

/** The row of a link. */
export function linkRow({ id, kind, hash, accountId, uses, expiresAt }: Link): LinkRow {
  return { id, kind, hash, account_id: accountId, uses, expires_at: expiresAt };
}

/** The link in a row. */
export function asLink({ id, kind, hash, account_id, uses, expires_at }: LinkRow): Link {
  return { id, kind, hash, accountId: account_id, uses, expiresAt: expires_at };
}

/** The act of a person who uses a link for an account of a name. */
export function usedBy({ id, username, at }: Account, { kind, ...link }: Link): AuditDraft {
  const act = kind === 'first' ? 'first-administrator' : 'accept-invitation';
  const detail = kind === 'invitation' ? { detail: link.id } : {};
  return { at, by: `account:${id}`, name: username, act, whom: username, ...detail };
}

/** The act of a person who sets a password by a link. */
export function resetBy({ id, username }: Account, at: number): AuditDraft {
  return { at, by: `account:${id}`, name: username, act: 'reset-password', whom: username };
}
