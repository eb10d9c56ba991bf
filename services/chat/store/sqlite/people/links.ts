import type { DatabaseSync } from 'node:sqlite';
import { foldEmail } from '@parley/contract/accounts/fold.ts';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import { type AccountRow, withoutEmail } from '../../people/account-row.ts';
import type { Account, EndedSession } from '../../people/accounts.ts';
import type { AuditDraft } from '../../people/audit.ts';
import {
  asLink,
  type Link,
  type LinkRow,
  type LinkStore,
  linkRow,
  linksMax,
  makesAccount,
  ownAct,
  resetLinkId,
  usedBy,
} from '../../people/links.ts';
import { openAddAudit } from './audit.ts';

/** What links change beside themselves, in the transaction that is open. */
export interface AccountChanges {
  add(account: Account): boolean;
  /** Removes the links that were mailed, too. */
  setPassword(id: string, passwordHash: string): void;
  setEmail(id: string, email: Pick<AccountRow, 'email' | 'email_key' | 'email_confirmed_at'>): void;
  removeMailedLinks(id: string): void;
  endSessions(choice: { accountId: string }, now: number): EndedSession[];
}

interface AddedLink {
  link: Link;
  now: number;
  act?: AuditDraft;
  quietMs?: number;
}

/** The links, for the one thread that writes. */
export function openLinkCalls(database: DatabaseSync, accounts: AccountChanges) {
  const addAudit = openAddAudit(database);
  const anyAccount = database.prepare('SELECT 1 FROM account LIMIT 1');
  const others = database.prepare(
    'SELECT count(*) AS others FROM link WHERE kind = ? AND expires_at > ?',
  );
  const put = database.prepare(
    `INSERT OR REPLACE INTO link (id, kind, hash, account_id, email, uses, expires_at)
     VALUES (:id, :kind, :hash, :account_id, :email, :uses, :expires_at)`,
  );
  const findNewer = database.prepare('SELECT 1 FROM link WHERE id = ? AND expires_at > ?');
  const find = database.prepare(
    'SELECT * FROM link WHERE hash = ? AND uses > 0 AND expires_at > ?',
  );
  const list = database.prepare(
    `SELECT * FROM link WHERE kind = 'invitation' AND uses > 0 AND expires_at > ? AND id > ?
     ORDER BY id LIMIT ?`,
  );
  const use = database.prepare('UPDATE link SET uses = uses - 1 WHERE id = ?');
  const remove = database.prepare('DELETE FROM link WHERE id = ?');
  const removeExpired = database.prepare('DELETE FROM link WHERE expires_at <= ? OR uses <= 0');
  const findAccount = database.prepare('SELECT * FROM account WHERE id = ?');
  const findHolder = database.prepare('SELECT * FROM account WHERE email_key = ?');
  const accountOf = (link: Link): AccountRow | undefined =>
    findAccount.get(link.accountId) as AccountRow | undefined;
  const findLink = (hash: string, now: number): Link | undefined => {
    const row = find.get(hash, now);
    return row && asLink(row as unknown as LinkRow);
  };

  return {
    addLink: ({ link, now, act, quietMs }: AddedLink): boolean =>
      inTransaction(database, () => {
        if (quietMs !== undefined && findNewer.get(link.id, link.expiresAt - quietMs)) return false;
        if (link.kind === 'first' && anyAccount.get() !== undefined) return false;
        if (Number(others.get(link.kind, now)?.others) >= linksMax(link)) return false;
        put.run({ ...linkRow(link) });
        addAudit(act);
        return true;
      }),
    findLink: ({ hash, now }: { hash: string; now: number }) => findLink(hash, now),
    signUpByLink: ({ hash, account }: { hash: string; account: Account }) =>
      inTransaction(database, () => {
        const link = findLink(hash, account.at);
        if (!link || !makesAccount(link)) return 'invalid';
        const added = { ...account, admin: link.kind === 'first' };
        if (!accounts.add(added)) return 'taken';
        use.run(link.id);
        addAudit(usedBy(added, link));
        return added;
      }),
    resetByLink: ({
      hash,
      passwordHash,
      now,
    }: {
      hash: string;
      passwordHash: string;
      now: number;
    }) =>
      inTransaction(database, () => {
        const link = findLink(hash, now);
        const row = link?.kind === 'reset' ? accountOf(link) : undefined;
        if (!link || !row) return false;
        remove.run(resetLinkId(row.id));
        accounts.setPassword(row.id, passwordHash);
        addAudit(ownAct('reset-password', row, now));
        return accounts.endSessions(link, now);
      }),
    confirmByLink: ({ hash, now }: { hash: string; now: number }) =>
      inTransaction(database, () => {
        const link = findLink(hash, now);
        const row = link?.kind === 'email' ? accountOf(link) : undefined;
        if (!link?.email || !row) return 'invalid';
        const { email } = link;
        const emailKey = foldEmail(email);
        const holder = findHolder.get(emailKey) as AccountRow | undefined;
        if (holder && holder.id !== row.id) {
          if (holder.email_confirmed_at !== null) return 'taken';
          accounts.setEmail(holder.id, withoutEmail(holder.id));
        }
        accounts.setEmail(row.id, { email, email_key: emailKey, email_confirmed_at: now });
        accounts.removeMailedLinks(row.id);
        addAudit(ownAct('confirm-email', row, now));
        return 'confirmed';
      }),
    listInvitations: ({ after, limit, now }: { after: string; limit: number; now: number }) =>
      (list.all(now, after, limit) as unknown as LinkRow[]).map(asLink),
    removeLink: ({ id, act }: { id: string; act?: AuditDraft }): boolean =>
      inTransaction(database, () => {
        if (remove.run(id).changes === 0) return false;
        addAudit(act);
        return true;
      }),
    removeExpiredLinks: (now: number) => Number(removeExpired.run(now).changes),
  };
}

/** The links, for callers outside that thread. */
export function sqliteLinks(writer: ThreadCalls): LinkStore {
  return {
    add: (link, now, act, quietMs) => writer.call('addLink', { link, now, act, quietMs }),
    find: (hash, now) => writer.call('findLink', { hash, now }),
    signUp: (hash, account) => writer.call('signUpByLink', { hash, account }),
    reset: (hash, passwordHash, now) => writer.call('resetByLink', { hash, passwordHash, now }),
    confirm: (hash, now) => writer.call('confirmByLink', { hash, now }),
    invitations: (query) => writer.call('listInvitations', query),
    remove: (id, act) => writer.call('removeLink', { id, act }),
    removeExpired: (now) => writer.call('removeExpiredLinks', now),
  };
}
