import type { DatabaseSync } from 'node:sqlite';
import { foldName } from '@parley/contract/accounts/fold.ts';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { looksOf } from '../../names/looks.ts';

/** Finds the subject of the account with a name, or of the account whose name looks like it. */
export type OwnerOf = (username: string) => string | undefined;

/** Opens a lookup of names. Each call begins a batch, in which a name is looked up only once. */
export function openOwners(database: DatabaseSync): () => OwnerOf {
  const findName = database.prepare('SELECT id FROM account WHERE name_key = ?');
  const findLook = database.prepare('SELECT account_id AS id FROM account_look WHERE look = ?');
  const find = (username: string) => {
    const row = findName.get(foldName(username));
    if (row) return row;
    return looksOf(username)
      .values()
      .map((look) => findLook.get(look))
      .find((found) => found !== undefined);
  };
  return () => {
    const owners = new Map<string, string | undefined>();
    return (username) => {
      if (username === '') return undefined;
      if (owners.has(username)) return owners.get(username);
      const row = find(username);
      const owner = row && accountSubject(String(row.id));
      owners.set(username, owner);
      return owner;
    };
  };
}
