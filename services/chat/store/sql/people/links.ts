import { foldEmail } from '@parley/contract/accounts/fold.ts';
import type { Kysely } from 'kysely';
import { type AccountRow, withoutEmail } from '../../people/account-row.ts';
import type { Account } from '../../people/accounts.ts';
import {
  asLink,
  type Link,
  type LinkStore,
  linkRow,
  linksMax,
  makesAccount,
  ownAct,
  resetLinkId,
  usedBy,
} from '../../people/links.ts';
import type { ReplacedRow, SqlDialect } from '../dialect.ts';
import type { Tables } from '../tables.ts';
import {
  addAccount,
  count,
  endSessions,
  removeMailedLinks,
  setColumns,
  setPassword,
} from './accounts.ts';
import { addAudit, audited, committedIf, type Transact } from './audit.ts';

const LINK: ReplacedRow<'link'> = {
  key: ['id'],
  columns: ['kind', 'hash', 'account_id', 'email', 'uses', 'expires_at'],
};

type Confirmed = 'confirmed' | 'taken' | 'invalid';

/** Opens the links in an SQL database. */
export function openSqlLinks(
  database: Kysely<Tables>,
  dialect: SqlDialect,
  transact: Transact,
): LinkStore {
  const removeIn = async (writing: Kysely<Tables>, id: string) => {
    const { numDeletedRows } = await writing
      .deleteFrom('link')
      .where('id', '=', id)
      .executeTakeFirst();
    return numDeletedRows > 0;
  };

  const isAccount = (result: Account | 'taken' | 'invalid') => typeof result === 'object';
  const signUp = (hash: string, account: Account) =>
    committedIf(isAccount, database, async (writing) => {
      const link = await lockLink(writing, hash, account.at);
      if (link === undefined || !makesAccount(link)) return 'invalid';
      const added = { ...account, admin: link.kind === 'first' };
      if (!(await addAccount(writing, dialect, added))) return 'taken';
      await writing
        .updateTable('link')
        .set({ uses: link.uses - 1 })
        .where('id', '=', link.id)
        .execute();
      await addAudit(writing, [usedBy(added, link)]);
      return added;
    });

  const isConfirmed = (result: Confirmed) => result === 'confirmed';
  const confirm = (hash: string, now: number) =>
    committedIf(isConfirmed, database, async (writing): Promise<Confirmed> => {
      const link = await lockLink(writing, hash, now);
      if (link?.kind !== 'email' || !link.email) return 'invalid';
      const { email, accountId: id } = link;
      const emailKey = foldEmail(email);
      const holder = await lockAccount(writing, { email_key: emailKey });
      if (holder && holder.id !== id) {
        if (holder.email_confirmed_at !== null) return 'taken';
        await setColumns(writing, holder.id, withoutEmail(holder.id));
      }
      const row = await lockAccount(writing, { id });
      if (!row) return 'invalid';
      await setColumns(writing, id, { email, email_key: emailKey, email_confirmed_at: now });
      await removeMailedLinks(writing, id);
      await addAudit(writing, [ownAct('confirm-email', row, now)]);
      return 'confirmed';
    }).catch((error): Confirmed => {
      // Another account got the address meanwhile.
      if (dialect.isDuplicate(error)) return 'taken';
      throw error;
    });

  return {
    add: (link, now, act, quietMs) =>
      transact(() =>
        audited(database, act, async (writing) => {
          if (link.kind === 'first') {
            const account = await writing.selectFrom('account').select('id').executeTakeFirst();
            if (account) return false;
          }
          const { others } = await writing
            .selectFrom('link')
            .select(({ fn }) => fn.countAll().as('others'))
            .where('kind', '=', link.kind)
            .where('expires_at', '>', now)
            .executeTakeFirstOrThrow();
          if (Number(others) >= linksMax(link)) return false;
          const insert = writing.insertInto('link').values(linkRow(link));
          if (quietMs !== undefined) {
            await removeOlder(writing, link.id, link.expiresAt - quietMs);
            return (await count(dialect.unlessThere(insert))) === 1;
          }
          await dialect.orReplace(insert, LINK).execute();
          return true;
        }),
      ),
    find: (hash, now) =>
      transact(async () => {
        const row = await usable(database, hash, now).executeTakeFirst();
        return row && asLink(row);
      }),
    signUp: (hash, account) => transact(() => signUp(hash, account)),
    reset: (hash, passwordHash, now) =>
      transact(() =>
        audited(database, undefined, async (writing) => {
          const link = await lockLink(writing, hash, now);
          if (link?.kind !== 'reset') return false;
          const { accountId } = link;
          await removeIn(writing, resetLinkId(accountId));
          const row = await lockAccount(writing, { id: accountId });
          if (!row) return false;
          await setPassword(writing, accountId, passwordHash);
          await addAudit(writing, [ownAct('reset-password', row, now)]);
          return endSessions(writing, { accountId }, now);
        }),
      ),
    confirm: (hash, now) => transact(() => confirm(hash, now)),
    invitations: ({ after, limit, now }) =>
      transact(async () => {
        const rows = await database
          .selectFrom('link')
          .selectAll()
          .where('kind', '=', 'invitation')
          .where('uses', '>', 0)
          .where('expires_at', '>', now)
          .where('id', '>', after)
          .orderBy('id')
          .limit(limit)
          .execute();
        return rows.map(asLink);
      }),
    remove: (id, act) => transact(() => audited(database, act, (writing) => removeIn(writing, id))),
    removeExpired: (now) =>
      transact(async () => {
        const { numDeletedRows } = await database
          .deleteFrom('link')
          .where(({ or, eb }) => or([eb('expires_at', '<=', now), eb('uses', '<=', 0)]))
          .executeTakeFirst();
        return Number(numDeletedRows);
      }),
  };
}

/** Removes a link that expires at a time or earlier. */
async function removeOlder(writing: Kysely<Tables>, id: string, upTo: number): Promise<void> {
  await writing.deleteFrom('link').where('id', '=', id).where('expires_at', '<=', upTo).execute();
}

/** The account that a column finds, locked. */
async function lockAccount(
  writing: Kysely<Tables>,
  key: { id: string } | { email_key: string },
): Promise<AccountRow | undefined> {
  return writing
    .selectFrom('account')
    .selectAll()
    .where((eb) => eb.and(key))
    .forUpdate()
    .executeTakeFirst();
}

function usable(database: Kysely<Tables>, hash: string, now: number) {
  return database
    .selectFrom('link')
    .selectAll()
    .where('hash', '=', hash)
    .where('uses', '>', 0)
    .where('expires_at', '>', now);
}

/** A link that can be used, locked: two clients that use it at once come one after the other. */
async function lockLink(
  writing: Kysely<Tables>,
  hash: string,
  now: number,
): Promise<Link | undefined> {
  const row = await usable(writing, hash, now).forUpdate().executeTakeFirst();
  return row && asLink(row);
}
