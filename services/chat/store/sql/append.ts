import type { Insertable, Kysely, Transaction } from 'kysely';
import { newEpoch } from '../epoch.ts';
import type { ChannelRow } from '../event-row.ts';
import { type KnownRow, number, replay } from '../numbering.ts';
import type { Append, Appended } from '../store.ts';
import type { SqlDialect } from './dialect.ts';
import type { Tables } from './tables.ts';

type Writing = Transaction<Tables>;
type NamedChannel = ChannelRow & { name: string };

/** Opens the write side of the log in an SQL database. */
export function openAppend(database: Kysely<Tables>, dialect: SqlDialect) {
  /**
   * Stores a batch in one transaction. The channels' rows are locked first, in the order of their
   * names, so that in each channel seq order is commit order and no two writers wait for each other.
   */
  return (batch: Append[]): Promise<Appended[]> =>
    database
      .transaction()
      .setIsolationLevel('read committed')
      .execute(async (writing) => {
        const channels = await lockChannels(writing, dialect, batch);
        const known = await findKeys(writing, channels, batch);
        const { results, rows, raised } = numberAll(batch, channels, known);
        if (rows.length > 0) await writing.insertInto('event').values(rows).execute();
        if (raised.length > 0) {
          await dialect.orRaise(writing.insertInto('channel').values(raised)).execute();
        }
        return results;
      });
}

async function lockChannels(
  writing: Writing,
  { unlessThere }: SqlDialect,
  batch: Append[],
): Promise<Map<string, NamedChannel>> {
  const names = [...new Set(batch.map(({ channel }) => channel))].sort();
  const lock = () =>
    writing
      .selectFrom('channel')
      .select(['id', 'name', 'epoch', 'head'])
      .where('name', 'in', names)
      .orderBy('name')
      .forUpdate()
      .execute();
  let rows = await lock();
  if (rows.length < names.length) {
    const there = new Set(rows.map(({ name }) => name));
    const missing = names.filter((name) => !there.has(name));
    const added = missing.map((name) => ({ name, epoch: newEpoch(), head: 0, at: 0 }));
    // Another replica may add the same channel at the same time: then its row is the one.
    await unlessThere(writing.insertInto('channel').values(added)).execute();
    rows = await lock();
  }
  return new Map(rows.map((row) => [row.name, row]));
}

const keyOf = (channelId: number, key: string) => `${channelId} ${key}`;

/** The events that are there already under the keys of a batch. */
async function findKeys(
  writing: Writing,
  channels: Map<string, NamedChannel>,
  batch: Append[],
): Promise<Map<string, KnownRow>> {
  const keyed = batch.flatMap(({ channel, key }) => {
    const id = channels.get(channel)?.id;
    return key === undefined || id === undefined ? [] : [{ id, key }];
  });
  if (keyed.length === 0) return new Map();
  const rows = await writing
    .selectFrom('event')
    .select(['channel_id', 'key', 'seq', 'at', 'username', 'message', 'server'])
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('channel_id', 'key'),
        'in',
        keyed.map(({ id, key }) => tuple(id, key)),
      ),
    )
    .execute();
  return new Map(rows.map((row) => [keyOf(row.channel_id, row.key ?? ''), row]));
}

function numberAll(
  batch: Append[],
  channels: Map<string, NamedChannel>,
  known: Map<string, KnownRow>,
) {
  const rows: Insertable<Tables['event']>[] = [];
  const raised = new Map<string, Insertable<Tables['channel']>>();
  const results = batch.map((draft): Appended => {
    const channel = channels.get(draft.channel);
    if (!channel) throw new Error(`channel ${draft.channel} has no row`);
    const { key = null, at, username, message, server } = draft;
    const before = key === null ? undefined : known.get(keyOf(channel.id, key));
    if (before) return replay(before, draft, channel.epoch);
    const stored = number(channel, draft);
    const { seq, kind } = stored.event;
    rows.push({ channel_id: channel.id, seq, kind, at, username, message, server, key });
    raised.set(channel.name, { name: channel.name, epoch: channel.epoch, head: seq, at });
    if (key !== null) known.set(keyOf(channel.id, key), { seq, at, username, message, server });
    return stored;
  });
  return { results, rows, raised: [...raised.values()] };
}
