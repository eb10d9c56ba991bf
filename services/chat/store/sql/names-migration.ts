import type { Kysely } from 'kysely';
import { lookRows, renamedChannels } from '../names-migration.ts';
import type { SqlDialect } from './dialect.ts';
import type { Tables } from './tables.ts';

const BATCH = 500;

/** Gives the accounts of an older database their looks, and the channels their composed names. */
export async function bringNamesUpToDate(
  untyped: Kysely<unknown>,
  unlessThere: SqlDialect['unlessThere'],
): Promise<void> {
  const database = untyped as Kysely<Tables>;
  const accounts = await database
    .selectFrom('account')
    .select(['id', 'username'])
    .orderBy('at')
    .orderBy('id')
    .execute();
  for (let i = 0; i < accounts.length; i += BATCH) {
    const rows = accounts.slice(i, i + BATCH).flatMap(lookRows);
    await unlessThere(database.insertInto('account_look').values(rows)).execute();
  }
  const channels = await database.selectFrom('channel').select('name').orderBy('id').execute();
  for (const { name, composed } of renamedChannels(channels.map((channel) => channel.name))) {
    await database
      .updateTable('channel')
      .set({ name: composed })
      .where('name', '=', name)
      .execute();
  }
}
