import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { EVERY_PRIVATE_CHANNEL, type Viewer } from '@parley/kit/viewer.ts';
import type { Kysely, Transaction } from 'kysely';
import { decideAccess, isHidden, peopleKey } from '../../decide/decide-access.ts';
import { newEpoch } from '../../epoch.ts';
import type { ChannelRow } from '../../event-row.ts';
import {
  type AccessChange,
  type AccessOutcome,
  type AccessStore,
  type Member,
  othersOf,
  type PrivateChannel,
} from '../../people/access.ts';
import type { Draft } from '../../store.ts';
import { oldNamesAmong } from '../channels/old-names.ts';
import type { SqlDialect } from '../dialect.ts';
import type { Tables } from '../tables.ts';
import { addAudit, type Transact } from './audit.ts';

type Reading = Kysely<Tables>;
type Writing = Transaction<Tables>;

/** True when a channel is private and the viewer may not enter it. */
export async function isHiddenFrom(
  database: Reading,
  { id, private: isPrivate }: { id: number; private: number },
  viewer: Viewer = null,
): Promise<boolean> {
  if (isPrivate !== 1 || viewer === null || viewer === EVERY_PRIVATE_CHANNEL) {
    return isHidden(isPrivate, viewer, false);
  }
  const found = await database
    .selectFrom('member')
    .select('channel_id')
    .where('channel_id', '=', id)
    .where('account_id', '=', viewer)
    .executeTakeFirst();
  return isHidden(isPrivate, viewer, found !== undefined);
}

/** Finds which drafts of a batch are for channels that are hidden from them. */
export async function findHidden(
  writing: Writing,
  channels: ReadonlyMap<string, ChannelRow>,
  batch: Draft[],
): Promise<(draft: Draft) => boolean> {
  const ids = [...channels.values()].filter((row) => row.private === 1).map(({ id }) => id);
  if (ids.length === 0) return () => false;
  const viewers = new Set(batch.flatMap(({ viewer }) => viewer ?? []));
  viewers.delete(EVERY_PRIVATE_CHANNEL);
  const rows =
    viewers.size === 0
      ? []
      : await writing
          .selectFrom('member')
          .selectAll()
          .where('channel_id', 'in', ids)
          .where('account_id', 'in', [...viewers])
          .execute();
  const members = new Set(rows.map(({ channel_id, account_id }) => `${channel_id} ${account_id}`));
  return ({ channel, viewer }) => {
    const row = channels.get(channel);
    return row !== undefined && isHidden(row.private, viewer, members.has(`${row.id} ${viewer}`));
  };
}

/** Opens the private channels in an SQL database. */
export function openAccess(
  database: Reading,
  { unlessThere }: SqlDialect,
  transact: Transact,
): AccessStore {
  return {
    find: (channel) =>
      transact(async () => {
        const row = await database
          .selectFrom('channel')
          .select(['id', 'name', 'private', 'people', 'maker', 'head'])
          .where('name', '=', channel)
          .executeTakeFirst();
        if (!row) return undefined;
        const { id, name, people, maker, head } = row;
        return {
          channel: name,
          private: row.private === 1,
          direct: people !== null,
          maker: maker ?? undefined,
          head,
          members: (await membersOf(database, [id])).get(id) ?? [],
        };
      }),
    change: (change) =>
      transact(() => inLock(database, (writing) => changeAccess(writing, change, unlessThere))),
    direct: (people, name, at) =>
      transact(() =>
        inLock(database, async (writing) => {
          const key = peopleKey(people);
          const row = { name, epoch: newEpoch(), head: 0, at, private: 1, people: key };
          // Another replica may make it at the same time: this waits for it, and takes its channel.
          await unlessThere(writing.insertInto('channel').values(row)).execute();
          const { id, name: channel } = await writing
            .selectFrom('channel')
            .select(['id', 'name'])
            .where('people', '=', key)
            .executeTakeFirstOrThrow();
          const made = channel === name;
          if (made) await addMembers(writing, id, people);
          return { channel, made };
        }),
      ),
    othersIn: (channels, account) => transact(() => readOthers(database, channels, account)),
    privateAmong: (names) => transact(() => readPrivate(database, names)),
  };

  async function changeAccess(
    writing: Writing,
    change: AccessChange,
    skip: SqlDialect['unlessThere'],
  ): Promise<AccessOutcome> {
    const found = await lockAccess(writing, change.channel, change);
    const { row, ...access } = found ?? { members: new Set<string>(), muted: false };
    const { outcome, write } = decideAccess(row, access, change);
    if (!write) return outcome;
    if (!row) {
      const { maker } = write;
      const added = {
        name: change.channel,
        epoch: newEpoch(),
        head: 0,
        at: change.at,
        private: 1,
        maker,
      };
      const { numInsertedOrUpdatedRows } = await skip(
        writing.insertInto('channel').values(added),
      ).executeTakeFirstOrThrow();
      // Another writer made it meanwhile, and decides who may change it.
      if (Number(numInsertedOrUpdatedRows) !== 1) return changeAccess(writing, change, skip);
      if ((await oldNamesAmong(writing, [change.channel])).size > 0) {
        await writing.deleteFrom('channel').where('name', '=', change.channel).execute();
        return { refused: 'not-found' };
      }
    }
    const id = row?.id ?? (await lockRow(writing, change.channel))?.id ?? 0;
    if (row && row.private !== write.private) {
      const set = { private: write.private };
      await writing.updateTable('channel').set(set).where('id', '=', id).execute();
    }
    await addMembers(writing, id, write.add);
    if (write.remove.length > 0) {
      await writing
        .deleteFrom('member')
        .where('channel_id', '=', id)
        .where('account_id', 'in', write.remove)
        .execute();
    }
    if (change.audit) await addAudit(writing, [change.audit]);
    return outcome;
  }

  async function addMembers(writing: Writing, id: number, accounts: string[]): Promise<void> {
    if (accounts.length === 0) return;
    const rows = accounts.map((account_id) => ({ channel_id: id, account_id }));
    await unlessThere(writing.insertInto('member').values(rows)).execute();
  }
}

function lockRow(writing: Reading, name: string) {
  return writing
    .selectFrom('channel')
    .select(['id', 'private', 'maker', 'people', 'muted_until'])
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirst();
}

/** Locks a channel, and reads what a change of it is decided by; undefined without a channel. */
export async function lockAccess(
  writing: Reading,
  channel: string,
  change: Pick<AccessChange, 'by' | 'at'>,
) {
  const row = await lockRow(writing, channel);
  if (!row) return undefined;
  return {
    row,
    members: await idsOf(writing, row.id),
    muted: await isMuted(writing, row, change),
  };
}

function inLock<T>(database: Reading, work: (writing: Writing) => Promise<T>): Promise<T> {
  return database.transaction().setIsolationLevel('read committed').execute(work);
}

async function idsOf(writing: Reading, id: number): Promise<Set<string>> {
  const rows = await writing
    .selectFrom('member')
    .select('account_id')
    .where('channel_id', '=', id)
    .execute();
  return new Set(rows.map(({ account_id }) => account_id));
}

/** True when the account that asks for a change is muted in the channel. */
async function isMuted(
  writing: Reading,
  { id, muted_until }: { id: number; muted_until: number },
  { by: { account }, at }: Pick<AccessChange, 'by' | 'at'>,
): Promise<boolean> {
  if (account === undefined || muted_until <= at) return false;
  const row = await writing
    .selectFrom('mute')
    .select('until_at')
    .where('channel_id', '=', id)
    .where('subject', '=', accountSubject(account))
    .where('until_at', '>', at)
    .executeTakeFirst();
  return row !== undefined;
}

/** The members of channels that have an account, in the order of their names. */
async function membersOf(database: Reading, ids: number[]): Promise<Map<number, Member[]>> {
  const rows = await database
    .selectFrom('member')
    .innerJoin('account', 'account.id', 'member.account_id')
    .select(['channel_id', 'account.id', 'username'])
    .where('channel_id', 'in', ids)
    .orderBy('username')
    .execute();
  const members = new Map<number, Member[]>();
  for (const { channel_id, id, username } of rows) {
    const known = members.get(channel_id);
    if (known) known.push({ id, username });
    else members.set(channel_id, [{ id, username }]);
  }
  return members;
}

async function readOthers(
  database: Reading,
  channels: string[],
  account: string,
): Promise<Map<string, string[]>> {
  if (channels.length === 0) return new Map();
  const rows = await database
    .selectFrom('channel')
    .leftJoin('member', (on) =>
      on.onRef('channel_id', '=', 'channel.id').on('account_id', '<>', account),
    )
    .leftJoin('account', 'account.id', 'account_id')
    .select(['name as channel', 'username'])
    .where('name', 'in', channels)
    .where('people', 'is not', null)
    .execute();
  return othersOf(rows.sort((a, b) => ((a.username ?? '') < (b.username ?? '') ? -1 : 1)));
}

async function readPrivate(database: Reading, names: string[]): Promise<PrivateChannel[]> {
  if (names.length === 0) return [];
  const rows = await database
    .selectFrom('channel')
    .select(['id', 'name as channel', 'epoch', 'head', 'at'])
    .where('name', 'in', names)
    .where('private', '=', 1)
    .orderBy('name')
    .execute();
  if (rows.length === 0) return [];
  const members = await membersOf(
    database,
    rows.map(({ id }) => id),
  );
  return rows.map(({ id, ...state }) => ({
    ...state,
    members: (members.get(id) ?? []).map((member) => member.id),
  }));
}
