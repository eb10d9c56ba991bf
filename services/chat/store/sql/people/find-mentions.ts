import type { Kysely } from 'kysely';
import {
  accountKeys,
  candidatesOf,
  type KnownNames,
  SPOKEN_EVENTS,
  spokenNames,
  withMentions,
} from '../../decide/mentions.ts';
import type { Draft } from '../../store.ts';
import type { Tables } from '../tables.ts';

/** Finds the mentions of a batch, before its transaction. */
export async function findMentions(database: Kysely<Tables>, batch: Draft[]): Promise<Draft[]> {
  const candidates = candidatesOf(batch);
  if (candidates.size === 0) return batch;
  const rows = await database
    .selectFrom('account')
    .select(['id', 'username', 'name_key'])
    .where('name_key', 'in', accountKeys(candidates))
    .execute();
  return withMentions(batch, candidates, {
    accounts: new Map(rows.map(({ name_key, ...account }) => [name_key, account])),
    spoken: await findSpoken(database, spokenNames(candidates)),
  });
}

/** The heads are read first, so that every database reads only the newest events of a channel. */
async function findSpoken(
  database: Kysely<Tables>,
  names: Map<string, string[]>,
): Promise<KnownNames['spoken']> {
  const channels = await database
    .selectFrom('channel')
    .select(['id', 'name', 'head'])
    .where('name', 'in', [...names.keys()])
    .execute();
  const found = new Map([...names.keys()].map((name) => [name, new Set<string>()]));
  const queries = channels.map(({ id, name, head }) =>
    database
      .selectFrom('event')
      .select(['channel_id', 'username'])
      .distinct()
      .where('channel_id', '=', id)
      .where('seq', '>', head - SPOKEN_EVENTS)
      .where('username', 'in', [...new Set(names.get(name))]),
  );
  if (queries.length === 0) return found;
  const nameOf = new Map(channels.map(({ id, name }) => [id, name]));
  const rows = await queries.reduce((all, query) => all.unionAll(query)).execute();
  for (const { channel_id, username } of rows) {
    found.get(nameOf.get(channel_id) ?? '')?.add(username);
  }
  return found;
}
