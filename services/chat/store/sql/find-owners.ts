import { foldName } from '@parley/contract/accounts/fold.ts';
import type { Kysely } from 'kysely';
import { looksOf } from '../../names/looks.ts';
import { accountSubject } from '../accounts.ts';
import type { Tables } from './tables.ts';

/** Subjects of accounts, by username. */
export type Owners = Map<string, string>;

/**
 * Finds the accounts that own usernames. A name belongs to the account with that
 * name, or else to an account whose name looks like it.
 */
export async function findOwners(database: Kysely<Tables>, usernames: string[]): Promise<Owners> {
  const names = new Set(usernames.filter((name) => name !== ''));
  const keys = new Map([...names].map((name) => [name, [foldName(name), ...looksOf(name)]]));
  if (keys.size === 0) return new Map();
  const all = [...new Set([...keys.values()].flat())];
  const rows = await database
    .selectFrom('account')
    .select(['id', 'name_key as key'])
    .where('name_key', 'in', all)
    .unionAll((query) =>
      query
        .selectFrom('account_look')
        .select(['account_id as id', 'look as key'])
        .where('look', 'in', all),
    )
    .execute();
  const ids = new Map(rows.map(({ id, key }) => [key, id]));
  const owners = [...keys].flatMap(([name, own]) => {
    const id = own.map((key) => ids.get(key)).find((found) => found !== undefined);
    return id === undefined ? [] : [[name, accountSubject(id)] as const];
  });
  return new Map(owners);
}
