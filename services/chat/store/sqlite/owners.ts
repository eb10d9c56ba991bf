import type { DatabaseSync } from 'node:sqlite';
import { foldName } from '@parley/contract/account.ts';
import { accountSubject } from '../accounts.ts';

/** Tells the subject of the account that a name belongs to. */
export type OwnerOf = (username: string) => string | undefined;

/** Opens a look-up of names for one batch after the other, in which each name is looked up once. */
export function openOwners(database: DatabaseSync): () => OwnerOf {
  const find = database.prepare('SELECT id FROM account WHERE name_key = ?');
  return () => {
    const owners = new Map<string, string | undefined>();
    return (username) => {
      if (owners.has(username)) return owners.get(username);
      const row = find.get(foldName(username));
      const owner = row && accountSubject(String(row.id));
      owners.set(username, owner);
      return owner;
    };
  };
}
