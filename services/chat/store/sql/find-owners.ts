import { foldName } from '@parley/contract/accounts/fold.ts';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { PREPARE } from '@parley/store/sql/prepared-statements.ts';
import { type Kysely, sql } from 'kysely';
import { looksOf } from '../../names/looks.ts';
import type { Tables } from './tables.ts';

/** Subjects of accounts, by username. */
export type Owners = Map<string, string>;

/** An account's id, and the key of a name, or of a look, that belongs to it. */
interface OwnedKey {
  id: string;
  key: string;
}

/**
 * Finds the accounts that own usernames. A name belongs to the account with that
 * name, or else to an account whose name looks like it. `select` reads the rows.
 */
export async function findOwners(
  database: Kysely<Tables>,
  usernames: string[],
  select = selectOwned,
): Promise<Owners> {
  const names = new Set(usernames.filter((name) => name !== ''));
  const keys = new Map([...names].map((name) => [name, [foldName(name), ...looksOf(name)]]));
  if (keys.size === 0) return new Map();
  const rows = await select(database, [...new Set([...keys.values()].flat())]);
  const ids = new Map(rows.map(({ id, key }) => [key, id]));
  const owners = [...keys].flatMap(([name, own]) => {
    const id = own.map((key) => ids.get(key)).find((found) => found !== undefined);
    return id === undefined ? [] : [[name, accountSubject(id)] as const];
  });
  return new Map(owners);
}

function selectOwned(database: Kysely<Tables>, keys: string[]): Promise<OwnedKey[]> {
  return database
    .selectFrom('account')
    .select(['id', 'name_key as key'])
    .where('name_key', 'in', keys)
    .unionAll((query) =>
      query
        .selectFrom('account_look')
        .select(['account_id as id', 'look as key'])
        .where('look', 'in', keys),
    )
    .execute();
}

/** The same as one prepared statement of PostgreSQL. */
export async function selectOwnedPrepared(
  database: Kysely<Tables>,
  keys: string[],
): Promise<OwnedKey[]> {
  const { rows } = await sql<OwnedKey>`${sql.raw(PREPARE)}
    WITH wanted AS (SELECT json_array_elements_text(${JSON.stringify(keys)}::json) AS key)
    SELECT id, name_key AS key FROM account WHERE name_key = ANY(ARRAY(SELECT key FROM wanted))
    UNION ALL
    SELECT account_id, look FROM account_look WHERE look = ANY(ARRAY(SELECT key FROM wanted))
  `.execute(database);
  return rows;
}
