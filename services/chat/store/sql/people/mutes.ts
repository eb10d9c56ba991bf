import type { Side } from '@parley/contract/channels/topic.ts';
import { type Kysely, sql } from 'kysely';
import { newEpoch } from '../../epoch.ts';
import { MUTES_MAX, type MuteStore } from '../../people/mutes.ts';
import { oldNamesAmong } from '../channels/old-names.ts';
import type { SqlDialect } from '../dialect.ts';
import type { Tables } from '../tables.ts';
import { addAudit, audited, type Transact } from './audit.ts';

/** A channel's row, and the side on which members see the channel. */
interface Place {
  id: number;
  side: Side;
}

/** Opens the mutes in an SQL database. */
export function openSqlMutes(
  database: Kysely<Tables>,
  dialect: SqlDialect,
  transact: Transact,
): MuteStore {
  return {
    mute: ({ channel, subject, username, until }, now, act) =>
      transact(() =>
        audited(database, undefined, async (writing) => {
          const place =
            (await lockChannel(writing, channel)) ?? (await makeChannel(writing, dialect, channel));
          if (!place) return 'renamed';
          const { id, side } = place;
          const ofChannel = () => writing.deleteFrom('mute').where('channel_id', '=', id);
          await ofChannel().where('until_at', '<=', now).execute();
          await ofChannel().where('subject', '=', subject).execute();
          const { others } = await writing
            .selectFrom('mute')
            .select(({ fn }) => fn.countAll().as('others'))
            .where('channel_id', '=', id)
            .executeTakeFirstOrThrow();
          if (Number(others) >= MUTES_MAX) return false;
          const row = { channel_id: id, subject, username, until_at: until };
          await writing.insertInto('mute').values(row).execute();
          await noteLast(writing, [id]);
          if (act) await addAudit(writing, [act]);
          return side;
        }),
      ),
    unmute: ({ channel, subject }, act) =>
      transact(() =>
        audited(database, act, async (writing) => {
          const found = await lockChannel(writing, channel);
          if (!found) return false;
          const { id, side } = found;
          const { numDeletedRows } = await writing
            .deleteFrom('mute')
            .where('channel_id', '=', id)
            .where('subject', '=', subject)
            .executeTakeFirst();
          if (numDeletedRows === 0n) return false;
          await noteLast(writing, [id]);
          return side;
        }),
      ),
    of: async (subject, channels, now) =>
      channels.length === 0
        ? []
        : transact(() =>
            database
              .selectFrom('channel')
              .innerJoin('mute', 'mute.channel_id', 'channel.id')
              .select(['name as channel', 'until_at as until'])
              .where('name', 'in', channels)
              .where('muted_until', '>', now)
              .where('subject', '=', subject)
              .where('until_at', '>', now)
              .execute(),
          ),
    list: (channel, now) =>
      transact(() =>
        database
          .selectFrom('mute')
          .innerJoin('channel', 'channel.id', 'mute.channel_id')
          .select(['username', 'until_at as until'])
          .where('name', '=', channel)
          .where('until_at', '>', now)
          .orderBy('username')
          .orderBy('subject')
          .execute(),
      ),
  };
}

/** Locks a channel's row, as every writer does. Resolves with undefined without a channel. */
async function lockChannel(writing: Kysely<Tables>, name: string): Promise<Place | undefined> {
  const row = await writing
    .selectFrom('channel')
    .select(['id', 'private'])
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirst();
  return row && { id: row.id, side: row.private === 1 ? 'private' : 'public' };
}

/**
 * Makes a channel and locks its row. It is for a channel that is not there: with a row that is there,
 * two such transactions on MySQL share its lock and then both want it alone, a deadlock. Makes none
 * with the old name of another.
 */
async function makeChannel(
  writing: Kysely<Tables>,
  dialect: SqlDialect,
  name: string,
): Promise<Place | undefined> {
  const added = { name, epoch: newEpoch(), head: 0, at: 0 };
  await dialect.unlessThere(writing.insertInto('channel').values(added)).execute();
  if ((await oldNamesAmong(writing, [name])).size > 0) {
    await writing.deleteFrom('channel').where('name', '=', name).execute();
    return undefined;
  }
  const made = await lockChannel(writing, name);
  if (!made) throw new Error(`the row of ${name} is gone`);
  return made;
}

/** Writes the last end of each channel's mutes into its row. */
export async function noteLast(writing: Kysely<Tables>, ids: number[]): Promise<void> {
  const last = sql<number>`(SELECT coalesce(max(until_at), 0) FROM mute WHERE channel_id = channel.id)`;
  await writing.updateTable('channel').set({ muted_until: last }).where('id', 'in', ids).execute();
}
