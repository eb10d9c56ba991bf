import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import { lookRows } from '../../names-migration.ts';
import {
  type AccountRow,
  accountColumn,
  accountRow,
  asAccount,
  asSession,
  type SessionRow,
  sessionColumn,
  sessionRow,
  withoutEmail,
} from '../../people/account-row.ts';
import type {
  Account,
  AccountKey,
  EndedSession,
  Session,
  SessionChoice,
  SessionKey,
} from '../../people/accounts.ts';
import { type AccountQuery, LAST_CHARACTER } from '../../people/accounts.ts';
import type { AuditDraft } from '../../people/audit.ts';
import { mailedLinkIds } from '../../people/links.ts';
import { openAddAudit } from './audit.ts';
import { openLinkCalls } from './links.ts';
import { openRemoveAccount } from './remove-account.ts';

/** The act that a change is kept as; a person's own change is none. */
interface Acted {
  act?: AuditDraft | undefined;
}

/** Reads accounts and sessions, for the thread that reads. */
export function openAccountReader(database: DatabaseSync) {
  const find = (key: AccountKey): Account | undefined => {
    const [column, value] = accountColumn(key);
    const row = database.prepare(`SELECT * FROM account WHERE ${column} = ?`).get(value);
    return row && asAccount(row as unknown as AccountRow);
  };
  const listAll = database.prepare(
    'SELECT * FROM account WHERE name_key > ? AND name_key BETWEEN ? AND ? ORDER BY name_key LIMIT ?',
  );
  return {
    findAccount: find,
    listAccounts: ({ after, limit, begins = '' }: AccountQuery): Account[] =>
      (listAll.all(after, begins, begins + LAST_CHARACTER, limit) as unknown as AccountRow[]).map(
        asAccount,
      ),
    findSession({ key, now }: { key: SessionKey; now: number }) {
      const [column, value] = sessionColumn(key);
      const row = database
        .prepare(
          `SELECT * FROM session WHERE ${column} = ? AND ended_at IS NULL AND expires_at > ?`,
        )
        .get(value, now) as SessionRow | undefined;
      const account = row && find({ id: row.account_id });
      return row && account && { session: asSession(row), account };
    },
  };
}

/**
 * Changes accounts and sessions, for the one thread that writes. The sessions that ended are read
 * here too: they are searched all the time, and the thread that reads begins with the first reader.
 */
export function openAccountWriter(database: DatabaseSync) {
  const add = database.prepare(
    `INSERT INTO account (id, username, name_key, email, email_key, password_hash, admin, at,
       suspended_at, provider_subject, email_confirmed_at)
     VALUES (:id, :username, :name_key, :email, :email_key, :password_hash, :admin, :at,
       :suspended_at, :provider_subject, :email_confirmed_at)
     ON CONFLICT DO NOTHING`,
  );
  const setAdmin = database.prepare('UPDATE account SET admin = ? WHERE id = ?');
  const updatePassword = database.prepare('UPDATE account SET password_hash = ? WHERE id = ?');
  const setEmail = database.prepare(
    `UPDATE account SET email = :email, email_key = :email_key,
       email_confirmed_at = :email_confirmed_at WHERE id = :id`,
  );
  const removeLink = database.prepare('DELETE FROM link WHERE id = ?');
  const removeMailedLinks = (id: string) => {
    for (const link of mailedLinkIds(id)) removeLink.run(link);
  };
  const setPassword = (id: string, passwordHash: string) => {
    updatePassword.run(passwordHash, id);
    removeMailedLinks(id);
  };
  const suspend = database.prepare(
    'UPDATE account SET suspended_at = ? WHERE id = ? AND suspended_at IS NULL',
  );
  const restore = database.prepare(
    'UPDATE account SET suspended_at = NULL WHERE id = ? AND suspended_at IS NOT NULL',
  );
  const suspended = database.prepare(
    `SELECT id FROM account WHERE suspended_at IS NOT NULL ORDER BY suspended_at DESC LIMIT ?`,
  );
  const remove = openRemoveAccount(database);
  const hasLook = database.prepare('SELECT 1 FROM account_look WHERE look = ?');
  const addLook = database.prepare('INSERT INTO account_look (look, account_id) VALUES (?, ?)');
  const openSession = database.prepare(
    `INSERT INTO session (secret_hash, sid, account_id, at, expires_at, ended_at)
     SELECT :secret_hash, :sid, id, :at, :expires_at, :ended_at FROM account
     WHERE id = :account_id AND password_hash = :password_hash AND suspended_at IS NULL`,
  );
  const endSessions = database.prepare(
    `UPDATE session SET ended_at = :now
     WHERE sid IN (
       SELECT sid FROM session
       WHERE account_id = :account_id AND ended_at IS NULL AND expires_at > :now
         AND (:only IS NULL OR sid = :only) AND (:except IS NULL OR sid <> :except)
       ORDER BY at DESC, sid LIMIT -1 OFFSET :keep
     )
     RETURNING sid, ended_at AS endedAt`,
  );
  const ended = database.prepare(
    'SELECT sid, ended_at AS endedAt FROM session WHERE ended_at >= ? ORDER BY ended_at',
  );
  const trim = database.prepare('DELETE FROM session WHERE expires_at < ? OR ended_at < ?');
  const end = (choice: SessionChoice, now: number) =>
    endSessions.all({
      account_id: choice.accountId,
      now,
      only: choice.only ?? null,
      except: choice.except ?? null,
      keep: choice.keep ?? 0,
    }) as unknown as EndedSession[];
  const addIn = (account: Account): boolean => {
    const rows = lookRows(account);
    if (rows.some(({ look }) => hasLook.get(look) !== undefined)) return false;
    if (add.run({ ...accountRow(account) }).changes === 0) return false;
    for (const { look, account_id } of rows) addLook.run(look, account_id);
    return true;
  };
  const links = openLinkCalls(database, {
    add: addIn,
    setPassword,
    setEmail: (id, email) => setEmail.run({ id, ...email }),
    removeMailedLinks,
    endSessions: end,
  });
  const addAct = openAddAudit(database);
  /** Changes in one transaction with the act that it is kept as. */
  const changing = <T>({ act }: Acted, change: () => T): T =>
    inTransaction(database, () => {
      const result = change();
      if (result !== false) addAct(act);
      return result;
    });
  return {
    ...links,
    addAccount: ({ account, ...acted }: { account: Account } & Acted) =>
      changing(acted, () => addIn(account)),
    setAdmin: ({ id, admin, ...acted }: Pick<Account, 'id' | 'admin'> & Acted) =>
      changing(acted, () => void setAdmin.run(admin ? 1 : 0, id)),
    setPassword: ({ id, passwordHash, ...acted }: Pick<Account, 'id' | 'passwordHash'> & Acted) =>
      changing(acted, () => setPassword(id, passwordHash)),
    removeEmail: ({ id, ...acted }: { id: string } & Acted) =>
      changing(acted, () => {
        setEmail.run({ id, ...withoutEmail(id) });
        removeMailedLinks(id);
      }),
    suspendAccount: ({ id, now, ...acted }: { id: string; now: number } & Acted) =>
      changing(acted, () => {
        if (suspend.run(now, id).changes === 0) return false;
        removeMailedLinks(id);
        return end({ accountId: id }, now);
      }),
    restoreAccount: ({ id, ...acted }: { id: string } & Acted) =>
      changing(acted, () => restore.run(id).changes > 0),
    suspendedAccounts: (limit: number) => suspended.all(limit).map(({ id }) => id),
    removeAccount: ({ id, ...acted }: { id: string } & Acted) => changing(acted, () => remove(id)),
    openSession: ({ session, passwordHash }: { session: Session; passwordHash: string }) =>
      openSession.run({ ...sessionRow(session), password_hash: passwordHash }).changes === 1,
    endSessions: ({ choice, now, ...acted }: { choice: SessionChoice; now: number } & Acted) =>
      changing(acted, () => end(choice, now)),
    endedSince: (time: number) => ended.all(time) as unknown as EndedSession[],
    trimSessions: (before: number) => Number(trim.run(before, before).changes),
  };
}
