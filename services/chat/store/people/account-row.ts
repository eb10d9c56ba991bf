import type { Account, AccountKey, Session, SessionKey } from './accounts.ts';

/** A row of `account`. */
export interface AccountRow {
  id: string;
  username: string;
  name_key: string;
  email: string;
  email_key: string;
  password_hash: string;
  /** 1 or 0. */
  admin: number;
  at: number;
  suspended_at: number | null;
  /** Null: it is not of the OpenID provider. */
  provider_subject: string | null;
  email_confirmed_at: number | null;
}

/** A row of `session`. */
export interface SessionRow {
  secret_hash: string;
  sid: string;
  account_id: string;
  at: number;
  expires_at: number;
  /** Null: not ended before its time. */
  ended_at: number | null;
}

/** The account in a row. */
export function asAccount(row: AccountRow): Account {
  const { id, username, name_key, email, email_key, password_hash, admin, at } = row;
  const { suspended_at, provider_subject, email_confirmed_at } = row;
  return {
    id,
    username,
    nameKey: name_key,
    email,
    emailKey: email_key,
    at,
    passwordHash: password_hash,
    admin: admin === 1,
    ...(suspended_at !== null && { suspendedAt: suspended_at }),
    ...(provider_subject !== null && { providerSubject: provider_subject }),
    ...(email_confirmed_at !== null && { emailConfirmedAt: email_confirmed_at }),
  };
}

/** The row of an account. */
export function accountRow(account: Account): AccountRow {
  const {
    id,
    username,
    nameKey,
    email,
    emailKey,
    passwordHash,
    admin,
    at,
    suspendedAt = null,
    providerSubject = null,
    emailConfirmedAt = null,
  } = account;
  return {
    id,
    username,
    name_key: nameKey,
    email,
    email_key: emailKey,
    password_hash: passwordHash,
    admin: admin ? 1 : 0,
    at,
    suspended_at: suspendedAt,
    provider_subject: providerSubject,
    email_confirmed_at: emailConfirmedAt,
  };
}

/** What a row has in place of an address: the key is the account's id, which no address equals. */
export function withoutEmail(id: string) {
  return { email: '', email_key: id, email_confirmed_at: null };
}

/** The session in a row. */
export function asSession(row: SessionRow): Session {
  const { secret_hash, sid, account_id, at, expires_at } = row;
  return { secretHash: secret_hash, sid, accountId: account_id, at, expiresAt: expires_at };
}

/** The row of a new session. */
export function sessionRow(session: Session): SessionRow {
  const { secretHash, sid, accountId, at, expiresAt } = session;
  return {
    secret_hash: secretHash,
    sid,
    account_id: accountId,
    at,
    expires_at: expiresAt,
    ended_at: null,
  };
}

/** The column in which an account is looked up, and the value to find. */
export function accountColumn(
  key: AccountKey,
): ['id' | 'name_key' | 'email_key' | 'provider_subject', string] {
  if ('id' in key) return ['id', key.id];
  if ('providerSubject' in key) return ['provider_subject', key.providerSubject];
  return 'nameKey' in key ? ['name_key', key.nameKey] : ['email_key', key.emailKey];
}

/** The column in which a session is looked up, and the value to find. */
export function sessionColumn(key: SessionKey): ['secret_hash' | 'sid', string] {
  return 'secretHash' in key ? ['secret_hash', key.secretHash] : ['sid', key.sid];
}
