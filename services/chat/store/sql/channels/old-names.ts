import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';

/** The given names that are old names of channels. */
export async function oldNamesAmong(
  database: Kysely<Tables>,
  names: string[],
): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const rows = await database
    .selectFrom('old_name')
    .select('name')
    .where('name', 'in', names)
    .execute();
  return new Set(rows.map(({ name }) => name));
}
