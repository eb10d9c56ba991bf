import type { Kysely } from 'kysely';
import {
  OLD_NAMES_MAX,
  type Rename,
  type RenameOutcome,
  type RenamingStore,
} from '../../channels/renaming.ts';
import { changeRefusal } from '../../decide/decide-access.ts';
import type { SqlDialect } from '../dialect.ts';
import { lockAccess } from '../people/access.ts';
import { addAudit, audited, type Transact } from '../people/audit.ts';
import type { Tables } from '../tables.ts';

/** A name that another writer took meanwhile. It ends the transaction. */
class NameInUse extends Error {}

/** Opens the names of channels in an SQL database. */
export function openSqlRenaming(
  database: Kysely<Tables>,
  { isDuplicate }: SqlDialect,
  transact: Transact,
): RenamingStore {
  return {
    rename: (draft) =>
      transact(() =>
        audited(database, undefined, (writing) => rename(writing, draft)).catch((error) => {
          if (error instanceof NameInUse || isDuplicate(error)) return { refused: 'exists' };
          throw error;
        }),
      ),
    nameNow: (oldName) =>
      transact(async () => {
        const row = await database
          .selectFrom('old_name')
          .innerJoin('channel', 'channel.id', 'channel_id')
          .select('channel.name')
          .where('old_name.name', '=', oldName)
          .executeTakeFirst();
        return row?.name;
      }),
  };
}

async function rename(
  writing: Kysely<Tables>,
  { channel, name, by, at, audit }: Rename,
): Promise<RenameOutcome> {
  const found = await lockAccess(writing, channel, { by, at });
  if (!found) return { refused: 'not-found' };
  const { row, ...access } = found;
  const refused = changeRefusal(row, access, by);
  if (refused) return { refused };
  if (name === channel) return { renamed: false };
  const other = await writing
    .selectFrom('channel')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirst();
  if (other) return { refused: 'exists' };
  // The unique index of names makes this wait for others that give or take this name, so that what
  // they wrote into `old_name` is seen after it.
  await writing.updateTable('channel').set({ name }).where('id', '=', row.id).execute();
  const old = await writing
    .selectFrom('old_name')
    .select('channel_id')
    .where('name', '=', name)
    .executeTakeFirst();
  if (old && old.channel_id !== row.id) throw new NameInUse();
  await replaceOldName(writing, { name: channel, channel_id: row.id, at }, name);
  if (audit) await addAudit(writing, [audit]);
  return { renamed: true };
}

/** Adds an old name of a channel and removes those that it does not keep. */
async function replaceOldName(
  writing: Kysely<Tables>,
  added: Tables['old_name'],
  now: string,
): Promise<void> {
  const others = await writing
    .selectFrom('old_name')
    .select('name')
    .where('channel_id', '=', added.channel_id)
    .where('name', '<>', now)
    .orderBy('at', 'desc')
    .orderBy('name')
    .execute();
  const oldest = others.slice(OLD_NAMES_MAX - 1).map(({ name }) => name);
  await writing
    .deleteFrom('old_name')
    .where('name', 'in', [now, ...oldest])
    .execute();
  await writing.insertInto('old_name').values(added).execute();
}
