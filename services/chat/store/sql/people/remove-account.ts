import { accountSubject } from '@parley/contract/accounts/subject.ts';
import type { Kysely } from 'kysely';
import { mailedLinkIds, resetLinkId } from '../../people/links.ts';
import type { Tables } from '../tables.ts';
import { noteLast } from './mutes.ts';

/** Channels that are changed by one statement. */
const CHANGED_AT_ONCE = 1_000;

/**
 * Removes an account and what the store keeps about it, in the transaction that is given. Each row is
 * found by an index.
 */
export async function removeAccount(writing: Kysely<Tables>, id: string): Promise<void> {
  for (const table of ['member', 'read_position', 'mention', 'account_look'] as const)
    await writing.deleteFrom(table).where('account_id', '=', id).execute();
  const links = [resetLinkId(id), ...mailedLinkIds(id)];
  await writing.deleteFrom('link').where('id', 'in', links).execute();
  await changeChannels(writing, id);
  await writing.deleteFrom('account').where('id', '=', id).execute();
}

/** Ends the mutes of an account, and removes its id from the channels that it made. */
async function changeChannels(writing: Kysely<Tables>, id: string): Promise<void> {
  const subject = accountSubject(id);
  const found = await writing
    .selectFrom('channel')
    .select('name')
    .where('maker', '=', id)
    .union((query) =>
      query
        .selectFrom('mute')
        .innerJoin('channel', 'channel.id', 'mute.channel_id')
        .select('name')
        .where('subject', '=', subject),
    )
    .execute();
  const names = found.map(({ name }) => name).sort();
  for (let i = 0; i < names.length; i += CHANGED_AT_ONCE) {
    // Locked in the order of their names, as every writer does.
    const rows = await writing
      .selectFrom('channel')
      .select('id')
      .where('name', 'in', names.slice(i, i + CHANGED_AT_ONCE))
      .orderBy('name')
      .forUpdate()
      .execute();
    const ids = rows.map((row) => row.id);
    await writing
      .deleteFrom('mute')
      .where('channel_id', 'in', ids)
      .where('subject', '=', subject)
      .execute();
    await noteLast(writing, ids);
    const made = writing.updateTable('channel').set({ maker: '' });
    await made.where('id', 'in', ids).where('maker', '=', id).execute();
  }
}
