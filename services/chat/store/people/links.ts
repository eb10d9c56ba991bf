import type { Account, EndedSession } from './accounts.ts';
import type { AuditDraft } from './audit.ts';

/**
 * What a link allows: `first` makes the first administrator, `invitation` an account, `reset` sets
 * the password of `accountId`, `email` confirms that `email` is the address of `accountId`.
 */
export type LinkKind = 'first' | 'invitation' | 'reset' | 'email';

/**
 * A link, whose secret the store does not have. Times are milliseconds since 1970 (UTC). A link
 * replaces an earlier one with its id.
 */
export interface Link {
  id: string;
  kind: LinkKind;
  /** SHA-256 of the secret. */
  hash: string;
  /** Empty, but for a reset and an address. */
  accountId: string;
  /** The address that the link confirms. */
  email?: string;
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
  email: string | null;
  uses: number;
  expires_at: number;
}

/** Links of one kind that have not expired. */
export const LINKS_MAX = 10_000;

/** Links of its kind above which a link is refused: those that people ask for leave space. */
export function linksMax({ id, kind, accountId }: Link): number {
  return kind === 'email' || id === mailedResetId(accountId) ? LINKS_MAX / 2 : LINKS_MAX;
}

/** Links by which people get an account, or into their account. */
export interface LinkStore {
  /**
   * False, and stores nothing, when there are too many links (`linksMax`), for `first` when there is
   * an account, or when a link with its id was made less than `quietMs` ago.
   */
  add(link: Link, now: number, act?: AuditDraft, quietMs?: number): Promise<boolean>;
  /** A link that can be used. */
  find(hash: string, now: number): Promise<Link | undefined>;
  /**
   * Uses a link for a new account. Resolves with the account, which is an administrator for `first`;
   * with `taken` when its name or address has an account, so that the link is not used; with
   * `invalid` when the link cannot be used.
   */
  signUp(hash: string, account: Account): Promise<Account | 'taken' | 'invalid'>;
  /**
   * Uses a link to set a password, ends every session of the account, and removes its other links. Resolves with the sessions that ended; with false when the link cannot be used.
   */
  reset(hash: string, passwordHash: string, now: number): Promise<EndedSession[] | false>;
  /**
   * Uses a link to confirm an address, which an account that has not confirmed it loses. Resolves
   * with `taken`, so that the link is not used, when another account has confirmed it; with
   * `invalid` when the link cannot be used.
   */
  confirm(hash: string, now: number): Promise<'confirmed' | 'taken' | 'invalid'>;
  /** The invitations that can be used, in the order of their ids, after the id `after`. */
  invitations(query: { after: string; limit: number; now: number }): Promise<Link[]>;
  /** Takes a link back. False when there is none. */
  remove(id: string, act?: AuditDraft): Promise<boolean>;
  removeExpired(now: number): Promise<number>;
}

/** The id of an administrator's link that sets an account's password: there is one at a time. */
export function resetLinkId(accountId: string): string {
  return `reset ${accountId}`;
}

/** The id of the link for a password that the account's owner asked for by mail. */
export function mailedResetId(accountId: string): string {
  return `mailed-reset ${accountId}`;
}

/** The id of the link that confirms an account's address. */
export function emailLinkId(accountId: string): string {
  return `email ${accountId}`;
}

/**
 * The ids of the links that are sent to an address of an account. A new password removes them: an
 * intruder who knew the old one may have asked for a link to their own address.
 */
export function mailedLinkIds(accountId: string): string[] {
  return [mailedResetId(accountId), emailLinkId(accountId)];
}

/** True for a link by which people sign up. */
export function makesAccount({ kind }: Link): boolean {
  return kind === 'first' || kind === 'invitation';
}

/** The row of a link. */
export function linkRow({ id, kind, hash, accountId, email, uses, expiresAt }: Link): LinkRow {
  return {
    id,
    kind,
    hash,
    account_id: accountId,
    email: email ?? null,
    uses,
    expires_at: expiresAt,
  };
}

/** The link in a row. */
export function asLink({ id, kind, hash, account_id, email, uses, expires_at }: LinkRow): Link {
  return {
    id,
    kind,
    hash,
    accountId: account_id,
    uses,
    expiresAt: expires_at,
    ...(email !== null && { email }),
  };
}

/** The act of a person who uses a link for an account of a name. */
export function usedBy({ id, username, at }: Account, { kind, ...link }: Link): AuditDraft {
  const act = kind === 'first' ? 'first-administrator' : 'accept-invitation';
  const detail = kind === 'invitation' ? { detail: link.id } : {};
  return { at, by: `account:${id}`, name: username, act, whom: username, ...detail };
}

/** The act of a person who sets a password, or confirms an address, by a link. */
export function ownAct(
  act: 'reset-password' | 'confirm-email',
  { id, username }: Pick<Account, 'id' | 'username'>,
  at: number,
): AuditDraft {
  return { at, by: `account:${id}`, name: username, act, whom: username };
}
