import type { AuditDraft } from './audit.ts';

/** A person's account, to which its name belongs. Times are milliseconds since 1970 (UTC). */
export interface Account {
  id: string;
  username: string;
  /** The name in a form that is unique among accounts (`foldName`). */
  nameKey: string;
  /** Empty: it has none. */
  email: string;
  /** The address in a form that is unique among accounts (`foldEmail`); the id of one without. */
  emailKey: string;
  /** When its owner confirmed the address by a link; absent: no mail is sent to it. */
  emailConfirmedAt?: number;
  /** Empty: it has no password. */
  passwordHash: string;
  /** The person at the OpenID provider who signs in to it; unique (`providerSubject`). */
  providerSubject?: string;
  admin: boolean;
  at: number;
  /** When it was suspended; absent while it may sign in. */
  suspendedAt?: number;
}

/** A unique property by which an account is found. */
export type AccountKey =
  | { id: string }
  | { nameKey: string }
  | { emailKey: string }
  | { providerSubject: string };

/** A login that lasts. A browser shows the session's secret; the store has only its hash. */
export interface Session {
  secretHash: string;
  sid: string;
  accountId: string;
  at: number;
  expiresAt: number;
}

export type SessionKey = { secretHash: string } | { sid: string };

/** A session that was ended before its time. */
export interface EndedSession {
  sid: string;
  endedAt: number;
}

/**
 * Which sessions of an account: `only` one, all `except` one, all but the newest `keep`, or all.
 */
export type SessionChoice = { accountId: string; only?: string; except?: string; keep?: number };

/** Which accounts are listed. */
export interface AccountQuery {
  after: string;
  limit: number;
  /** The beginning of the `nameKey`. */
  begins?: string;
}

/** The end of the keys that begin with a text: no key has this character. */
export const LAST_CHARACTER = '\u{10ffff}';

/** The accounts and their sessions. A change is in one transaction with the act that it is kept as. */
export interface AccountStore {
  /**
   * False when the name, a name that looks like it, the address or the person at the provider has an
   * account already.
   */
  add(account: Account, act?: AuditDraft): Promise<boolean>;
  find(key: AccountKey): Promise<Account | undefined>;
  /** Accounts in the order of `nameKey`, after the key `after`; only those that begin with `begins`. */
  list(query: AccountQuery): Promise<Account[]>;
  setAdmin(id: string, admin: boolean, act?: AuditDraft): Promise<void>;
  setPassword(id: string, passwordHash: string, act?: AuditDraft): Promise<void>;
  /** Removes an account's address, and the links that were sent to it. */
  removeEmail(id: string, act?: AuditDraft): Promise<void>;
  /**
   * Suspends an account, and ends its sessions. Resolves with the sessions that ended; with false
   * when the account is suspended already or does not exist.
   */
  suspend(id: string, now: number, act?: AuditDraft): Promise<EndedSession[] | false>;
  /** Ends a suspension. False when there is none. */
  restore(id: string, act?: AuditDraft): Promise<boolean>;
  /** The ids of the accounts that were suspended last. */
  suspended(limit: number): Promise<string[]>;
  /**
   * Removes an account with what is kept about it: its name's looks, memberships, mutes, read
   * positions, mentions and links, and that it made channels. Its sessions stay until they
   * expire, and so does what it wrote.
   */
  remove(id: string, act?: AuditDraft): Promise<void>;
  /**
   * False, and opens nothing, when the account has another password hash, is suspended or does not
   * exist.
   */
  openSession(session: Session, passwordHash: string): Promise<boolean>;
  /** A session that has neither ended nor expired, with its account. */
  findSession(
    key: SessionKey,
    now: number,
  ): Promise<{ session: Session; account: Account } | undefined>;
  /** Ends the chosen sessions. Resolves with those that had not ended before. */
  endSessions(choice: SessionChoice, now: number, act?: AuditDraft): Promise<EndedSession[]>;
  /** The sessions that any process has ended since a time. */
  endedSince(time: number): Promise<EndedSession[]>;
  /** Removes sessions that expired or were ended before a time. Resolves with their number. */
  trimSessions(before: number): Promise<number>;
}
