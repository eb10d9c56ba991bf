import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import { type AccountRow, asAccount } from '../../account-row.ts';
import type { Account, EndedSession } from '../../accounts.ts';
import type { AuditDraft } from '../../people/audit.ts';
import {
  asLink,
  LINKS_MAX,
  type Link,
  type LinkRow,
  type LinkStore,
  linkRow,
  resetBy,
  usedBy,
} from '../../people/links.ts';
import { openAddAudit } from './audit.ts';

/** What links change beside themselves, in the transaction that is open. */
export interface AccountChanges {
  add(account: Account): boolean;
  setPassword(id: string, passwordHash: string): void;
  endSessions(choice: { accountId: string }, now: number): EndedSession[];
}

/** The links, for the one thread that writes. */
export function openLinkCalls(database: DatabaseSync, accounts: AccountChanges) {
  const addAudit = openAddAudit(database);
  const anyAccount = database.prepare('SELECT 1 FROM account LIMIT 1');
  const others = database.prepare('SELECT count(*) AS others FROM link WHERE expires_at > ?');
  const put = database.prepare(
    `INSERT OR REPLACE INTO link (id, kind, hash, account_id, uses, expires_at)
     VALUES (:id, :kind, :hash, :account_id, :uses, :expires_at)`,
  );
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
  const findLink = (hash: string, now: number): Link | undefined => {
    const row = find.get(hash, now);
    return row && asLink(row as unknown as LinkRow);
  };

  return {
    addLink: ({ link, now, act }: { link: Link; now: number; act?: AuditDraft }): boolean =>
      inTransaction(database, () => {
        if (link.kind === 'first' && anyAccount.get() !== undefined) return false;
        if (Number(others.get(now)?.others) >= LINKS_MAX) return false;
        put.run({ ...linkRow(link) });
        addAudit(act);
        return true;
      }),
    findLink: ({ hash, now }: { hash: string; now: number }) => findLink(hash, now),
    signUpByLink: ({ hash, account }: { hash: string; account: Account }) =>
      inTransaction(database, () => {
        const link = findLink(hash, account.at);
        if (!link || link.kind === 'reset') return 'invalid';
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
        const row = link?.kind === 'reset' ? findAccount.get(link.accountId) : undefined;
        if (!link || !row) return false;
        remove.run(link.id);
        accounts.setPassword(link.accountId, passwordHash);
        addAudit(resetBy(asAccount(row as unknown as AccountRow), now));
        return accounts.endSessions(link, now);
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
    add: (link, now, act) => writer.call('addLink', { link, now, act }),
    find: (hash, now) => writer.call('findLink', { hash, now }),
    signUp: (hash, account) => writer.call('signUpByLink', { hash, account }),
    reset: (hash, passwordHash, now) => writer.call('resetByLink', { hash, passwordHash, now }),
    invitations: (query) => writer.call('listInvitations', query),
    remove: (id, act) => writer.call('removeLink', { id, act }),
    removeExpired: (now) => writer.call('removeExpiredLinks', now),
  };
}
