import type { Kysely } from 'kysely';
import {
  DELETED_BEFORE,
  DELETED_FROM,
  deletedRow,
  mayRemoveRow,
  type RemovalStore,
} from '../../channels/removal.ts';
import { audited, type Transact } from '../people/audit.ts';
import type { Tables } from '../tables.ts';

/** Tables whose rows of one channel are few, once its events are removed. */
const FEW = ['member', 'mute', 'reply', 'mention', 'vote', 'reaction', 'search_message'] as const;

/** Opens the deletion of channels in an SQL database. */
export function openSqlRemoval(database: Kysely<Tables>, transact: Transact): RemovalStore {
  return {
    delete: (channel, at, act) =>
      transact(() =>
        audited(database, act, async (writing) => {
          const row = await lockChannel(writing, channel);
          if (!row) return false;
          for (const table of ['member', 'old_name'] as const)
            await writing.deleteFrom(table).where('channel_id', '=', row.id).execute();
          const set = deletedRow(row.id, at);
          await writing.updateTable('channel').set(set).where('id', '=', row.id).execute();
          return true;
        }),
      ),
    left: () =>
      transact(async () => {
        const rows = await database
          .selectFrom('channel')
          .select('name')
          .where('name', '>', DELETED_FROM)
          .where('name', '<', DELETED_BEFORE)
          .execute();
        return rows.map(({ name }) => name);
      }),
    finish: (name, now, limit) =>
      transact(() => audited(database, undefined, (writing) => finish(writing, name, now, limit))),
  };
}

function lockChannel(writing: Kysely<Tables>, name: string) {
  return writing
    .selectFrom('channel')
    .select(['id', 'at'])
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirst();
}

async function finish(
  writing: Kysely<Tables>,
  name: string,
  now: number,
  limit: number,
): Promise<number> {
  const row = await lockChannel(writing, name);
  if (!row) return 0;
  for (const table of FEW)
    await writing.deleteFrom(table).where('channel_id', '=', row.id).execute();
  const readers = await writing
    .selectFrom('read_position')
    .select('account_id')
    .where('channel_id', '=', row.id)
    .limit(limit)
    .execute();
  if (readers.length > 0) {
    const ids = readers.map(({ account_id }) => account_id);
    await writing
      .deleteFrom('read_position')
      .where('channel_id', '=', row.id)
      .where('account_id', 'in', ids)
      .execute();
  } else if (mayRemoveRow(row.at, now)) {
    await writing.deleteFrom('channel').where('id', '=', row.id).execute();
  }
  return readers.length;
}
