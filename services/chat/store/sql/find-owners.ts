import { foldName } from '@parley/contract/account.ts';
import type { Transaction } from 'kysely';
import { accountSubject } from '../accounts.ts';
import type { Append } from '../store.ts';
import type { Tables } from './tables.ts';

/** Whose the names are under which a batch speaks: subjects of accounts, by the names as they were given. */
export async function findOwners(
  writing: Transaction<Tables>,
  batch: Append[],
): Promise<Map<string, string>> {
  const names = new Set(batch.flatMap((draft) => (draft.kind === 'message' ? draft.username : [])));
  const keys = new Map([...names].map((name) => [name, foldName(name)]));
  if (keys.size === 0) return new Map();
  const rows = await writing
    .selectFrom('account')
    .select(['id', 'name_key'])
    .where('name_key', 'in', [...new Set(keys.values())])
    .execute();
  const ids = new Map(rows.map(({ id, name_key }) => [name_key, id]));
  const owners = [...keys].flatMap(([name, key]) => {
    const id = ids.get(key);
    return id === undefined ? [] : [[name, accountSubject(id)] as const];
  });
  return new Map(owners);
}
