import type { InsertResult, Kysely } from 'kysely';
import { lookRows } from '../../names-migration.ts';
import {
  type AccountRow,
  accountColumn,
  accountRow,
  asAccount,
  asSession,
  sessionColumn,
  sessionRow,
  withoutEmail,
} from '../../people/account-row.ts';
import type {
  Account,
  AccountKey,
  AccountStore,
  EndedSession,
  SessionChoice,
} from '../../people/accounts.ts';
import { LAST_CHARACTER } from '../../people/accounts.ts';
import type { AuditDraft } from '../../people/audit.ts';
import { mailedLinkIds } from '../../people/links.ts';
import type { SqlDialect } from '../dialect.ts';
import type { Tables } from '../tables.ts';
import { addAudit, audited, committedIf, type Transact } from './audit.ts';
import { removeAccount } from './remove-account.ts';

/** Changes columns of an account, in the transaction that is given. */
export async function setColumns(
  writing: Kysely<Tables>,
  id: string,
  columns: Partial<AccountRow>,
): Promise<void> {
  await writing.updateTable('account').set(columns).where('id', '=', id).execute();
}

/** Sets a password, and removes the links that were mailed, in the transaction that is given. */
export async function setPassword(
  writing: Kysely<Tables>,
  id: string,
  passwordHash: string,
): Promise<void> {
  await setColumns(writing, id, { password_hash: passwordHash });
  await removeMailedLinks(writing, id);
}

/** Removes the links that were sent to an address of an account, in the transaction that is given. */
export async function removeMailedLinks(writing: Kysely<Tables>, id: string): Promise<void> {
  await writing.deleteFrom('link').where('id', 'in', mailedLinkIds(id)).execute();
}

/** Opens the accounts in an SQL database. */
export function openSqlAccounts(
  database: Kysely<Tables>,
  dialect: SqlDialect,
  transact: Transact,
): AccountStore {
  async function find(key: AccountKey): Promise<Account | undefined> {
    const [column, value] = accountColumn(key);
    const query = database.selectFrom('account').selectAll().where(column, '=', value);
    const row = await query.executeTakeFirst();
    return row && asAccount(row);
  }

  const add = (account: Account, act: AuditDraft | undefined) =>
    committedIf(Boolean, database, async (writing) => {
      const added = await addAccount(writing, dialect, account);
      if (added && act) await addAudit(writing, [act]);
      return added;
    });

  return {
    find: (key) => transact(() => find(key)),
    add: (account, act) => transact(() => add(account, act)),
    list: ({ after, limit, begins = '' }) =>
      transact(async () => {
        const all = database
          .selectFrom('account')
          .selectAll()
          .where('name_key', '>', after)
          .where('name_key', '>=', begins)
          .where('name_key', '<', begins + LAST_CHARACTER);
        return (await all.orderBy('name_key').limit(limit).execute()).map(asAccount);
      }),
    setAdmin: (id, admin, act) =>
      transact(() =>
        audited(database, act, (writing) => setColumns(writing, id, { admin: admin ? 1 : 0 })),
      ),
    setPassword: (id, passwordHash, act) =>
      transact(() => audited(database, act, (writing) => setPassword(writing, id, passwordHash))),
    removeEmail: (id, act) =>
      transact(() =>
        audited(database, act, async (writing) => {
          await setColumns(writing, id, withoutEmail(id));
          await removeMailedLinks(writing, id);
        }),
      ),
    suspend: (id, now, act) =>
      transact(() =>
        audited(database, act, async (writing) => {
          const { numUpdatedRows } = await writing
            .updateTable('account')
            .set({ suspended_at: now })
            .where('id', '=', id)
            .where('suspended_at', 'is', null)
            .executeTakeFirst();
          if (numUpdatedRows === 0n) return false;
          await removeMailedLinks(writing, id);
          return endSessions(writing, { accountId: id }, now);
        }),
      ),
    restore: (id, act) =>
      transact(() =>
        audited(database, act, async (writing) => {
          const { numUpdatedRows } = await writing
            .updateTable('account')
            .set({ suspended_at: null })
            .where('id', '=', id)
            .where('suspended_at', 'is not', null)
            .executeTakeFirst();
          return numUpdatedRows > 0;
        }),
      ),
    suspended: (limit) =>
      transact(async () => {
        const rows = await database
          .selectFrom('account')
          .select('id')
          .where('suspended_at', 'is not', null)
          .orderBy('suspended_at', 'desc')
          .limit(limit)
          .execute();
        return rows.map(({ id }) => id);
      }),
    remove: (id, act) =>
      transact(() => audited(database, act, (writing) => removeAccount(writing, id))),
    openSession: (session, passwordHash) =>
      transact(() =>
        database
          .transaction()
          .setIsolationLevel('read committed')
          .execute(async (writing) => {
            // The row is locked: a change of the password comes before, or ends this session, too.
            const account = await writing
              .selectFrom('account')
              .select(['password_hash', 'suspended_at'])
              .where('id', '=', session.accountId)
              .forUpdate()
              .executeTakeFirst();
            if (account?.password_hash !== passwordHash || account.suspended_at !== null)
              return false;
            await writing.insertInto('session').values(sessionRow(session)).execute();
            return true;
          }),
      ),
    findSession: (key, now) =>
      transact(async () => {
        const [column, value] = sessionColumn(key);
        const row = await database
          .selectFrom('session')
          .selectAll()
          .where(column, '=', value)
          .where('ended_at', 'is', null)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        const account = row && (await find({ id: row.account_id }));
        return row && account && { session: asSession(row), account };
      }),
    endSessions: (choice, now, act) =>
      transact(() => audited(database, act, (writing) => endSessions(writing, choice, now))),
    endedSince: (time) =>
      transact(async () => {
        const rows = await database
          .selectFrom('session')
          .select(['sid', 'ended_at'])
          .where('ended_at', '>=', time)
          .orderBy('ended_at')
          .execute();
        return rows.map(({ sid, ended_at }) => ({ sid, endedAt: Number(ended_at) }));
      }),
    trimSessions: (before) =>
      transact(async () => {
        const { numDeletedRows } = await database
          .deleteFrom('session')
          .where(({ or, eb }) => or([eb('expires_at', '<', before), eb('ended_at', '<', before)]))
          .executeTakeFirst();
        return Number(numDeletedRows);
      }),
  };
}

/**
 * Adds an account, in the transaction that is given. False when it is to be rolled back: the name or
 * the address has an account.
 */
export async function addAccount(
  writing: Kysely<Tables>,
  { unlessThere }: SqlDialect,
  account: Account,
): Promise<boolean> {
  const rows = lookRows(account);
  const looks = await count(unlessThere(writing.insertInto('account_look').values(rows)));
  if (looks !== rows.length) return false;
  const insert = writing.insertInto('account').values(accountRow(account));
  return (await count(unlessThere(insert))) === 1;
}

/** Number of rows that an insert has added. */
export async function count(insert: {
  executeTakeFirstOrThrow(): Promise<InsertResult>;
}): Promise<number> {
  const { numInsertedOrUpdatedRows } = await insert.executeTakeFirstOrThrow();
  return Number(numInsertedOrUpdatedRows);
}

/** Ends the chosen sessions, in the transaction that is given. */
export async function endSessions(
  writing: Kysely<Tables>,
  { accountId, only, except, keep = 0 }: SessionChoice,
  now: number,
): Promise<EndedSession[]> {
  const rows = await writing
    .selectFrom('session')
    .select('sid')
    .where('account_id', '=', accountId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .$if(only !== undefined, (query) => query.where('sid', '=', only ?? ''))
    .$if(except !== undefined, (query) => query.where('sid', '<>', except ?? ''))
    .orderBy('at', 'desc')
    .orderBy('sid')
    .forUpdate()
    .execute();
  const sids = rows.slice(keep).map(({ sid }) => sid);
  if (sids.length > 0) {
    await writing.updateTable('session').set({ ended_at: now }).where('sid', 'in', sids).execute();
  }
  return sids.map((sid) => ({ sid, endedAt: now }));
}
