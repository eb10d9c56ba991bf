/** Somebody who has a name of their own here. Times are milliseconds since 1970 (UTC). */
export interface Account {
  id: string;
  username: string;
  /** What no two names share (`foldName`). */
  nameKey: string;
  email: string;
  /** What no two addresses share (`foldEmail`). */
  emailKey: string;
  passwordHash: string;
  admin: boolean;
  at: number;
}

const ACCOUNT_PREFIX = 'account:';

/** Who an account is to tokens, messages and votes. */
export function accountSubject(id: string): string {
  return `${ACCOUNT_PREFIX}${id}`;
}

/** Whether a subject is an account's. */
export function isAccountSubject(subject: string | undefined): boolean {
  return subject?.startsWith(ACCOUNT_PREFIX) ?? false;
}

/** Which account: by one of the things of which each has its own. */
export type AccountKey = { id: string } | { nameKey: string } | { emailKey: string };

/** A login that lasts; whoever shows the secret is in it. Of the secret only the hash is known. */
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

/** Which sessions of an account: the one named, all but the one named, all but the newest `keep`, or all. */
export type SessionChoice = { accountId: string; only?: string; except?: string; keep?: number };

/** The accounts and their sessions. */
export interface AccountStore {
  /** False where the name, one that looks like it, or the address belongs to an account already. */
  add(account: Account): Promise<boolean>;
  find(key: AccountKey): Promise<Account | undefined>;
  /** In the order of their names' keys, those after one. */
  list(query: { after: string; limit: number }): Promise<Account[]>;
  setAdmin(id: string, admin: boolean): Promise<void>;
  setPassword(id: string, passwordHash: string): Promise<void>;
  /** Its sessions are to be ended first. */
  remove(id: string): Promise<void>;
  /** False, and nothing opened, where the account's password is not that one any more, or it is gone. */
  openSession(session: Session, passwordHash: string): Promise<boolean>;
  /** A session that has neither ended nor expired, with whose it is. */
  findSession(
    key: SessionKey,
    now: number,
  ): Promise<{ session: Session; account: Account } | undefined>;
  /** Ends sessions that had not ended; resolves with them. */
  endSessions(choice: SessionChoice, now: number): Promise<EndedSession[]>;
  /** Those that were ended since, by whichever process. */
  endedSince(time: number): Promise<EndedSession[]>;
  /** Forgets sessions that expired or were ended before; resolves with how many. */
  trimSessions(before: number): Promise<number>;
}
