import type { Kysely } from 'kysely';
import { asAccount } from '../../account-row.ts';
import type { Account } from '../../accounts.ts';
import {
  asLink,
  LINKS_MAX,
  type Link,
  type LinkStore,
  linkRow,
  resetBy,
  usedBy,
} from '../../people/links.ts';
import { addAccount, endSessions } from '../accounts.ts';
import type { ReplacedRow, SqlDialect } from '../dialect.ts';
import type { Tables } from '../tables.ts';
import { addAudit, audited, committedIf, type Transact } from './audit.ts';

const LINK: ReplacedRow<'link'> = {
  key: ['id'],
  columns: ['kind', 'hash', 'account_id', 'uses', 'expires_at'],
};

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
      if (link === undefined || link.kind === 'reset') return 'invalid';
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

  return {
    add: (link, now, act) =>
      transact(() =>
        audited(database, act, async (writing) => {
          if (link.kind === 'first') {
            const account = await writing.selectFrom('account').select('id').executeTakeFirst();
            if (account) return false;
          }
          const { others } = await writing
            .selectFrom('link')
            .select(({ fn }) => fn.countAll().as('others'))
            .where('expires_at', '>', now)
            .executeTakeFirstOrThrow();
          if (Number(others) >= LINKS_MAX) return false;
          const insert = writing.insertInto('link').values(linkRow(link));
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
          if (link?.kind !== 'reset' || !(await removeIn(writing, link.id))) return false;
          const { accountId } = link;
          const row = await writing
            .selectFrom('account')
            .selectAll()
            .where('id', '=', accountId)
            .forUpdate()
            .executeTakeFirst();
          if (!row) return false;
          await writing
            .updateTable('account')
            .set({ password_hash: passwordHash })
            .where('id', '=', accountId)
            .execute();
          await addAudit(writing, [resetBy(asAccount(row), now)]);
          return endSessions(writing, { accountId }, now);
        }),
      ),
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
