import type { DatabaseSync } from 'node:sqlite';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import type { Viewer } from '@parley/kit/viewer.ts';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import {
  type AccessFound,
  type AccessRow,
  decideAccess,
  isHidden,
  peopleKey,
} from '../../decide/decide-access.ts';
import { newEpoch } from '../../epoch.ts';
import type { ChannelRow } from '../../event-row.ts';
import {
  type AccessChange,
  type AccessOutcome,
  type AccessStore,
  type ChannelAccess,
  type Member,
  type OtherRow,
  othersOf,
  type PrivateChannel,
} from '../../people/access.ts';
import { openFindOldName } from '../channels/find-old-name.ts';
import { openAddAudit } from './audit.ts';
import { openFindMute } from './mutes.ts';

type IdRow = AccessRow & { id: number; muted_until: number };

/** Opens the check whether a channel is hidden from a viewer. */
export function openIsHidden(database: DatabaseSync) {
  const find = database.prepare('SELECT 1 FROM member WHERE channel_id = ? AND account_id = ?');
  return (
    { id, private: isPrivate }: Pick<ChannelRow, 'id' | 'private'>,
    viewer: Viewer | undefined,
  ): boolean =>
    isPrivate === 1 &&
    isHidden(isPrivate, viewer, viewer != null && find.get(id, viewer) !== undefined);
}

/** Reads channels with their members, for the thread that reads. */
export function openAccessReader(database: DatabaseSync) {
  const find = database.prepare(
    'SELECT id, name AS channel, private, people, maker, head FROM channel WHERE name = ?',
  );
  const members = database.prepare(
    `SELECT account.id, username FROM member JOIN account ON account.id = account_id
     WHERE channel_id = ? ORDER BY username`,
  );
  const list = database.prepare(
    `SELECT id, name AS channel, epoch, head, at FROM channel
     WHERE name IN (SELECT value FROM json_each(?)) AND private = 1 ORDER BY name`,
  );
  const others = database.prepare(
    `SELECT name AS channel, username FROM channel
     LEFT JOIN (member JOIN account ON account.id = account_id AND account.id <> :account)
       ON channel_id = channel.id
     WHERE name IN (SELECT value FROM json_each(:channels)) AND people IS NOT NULL
     ORDER BY username`,
  );
  const membersOf = (id: number) => members.all(id) as unknown as Member[];
  return {
    findAccess(name: string): ChannelAccess | undefined {
      const row = find.get(name) as unknown as
        | (AccessRow & { id: number; channel: string; head: number })
        | undefined;
      if (!row) return undefined;
      const { id, channel, people, maker, head } = row;
      return {
        channel,
        private: row.private === 1,
        direct: people !== null,
        maker: maker ?? undefined,
        head,
        members: membersOf(id),
      };
    },
    othersIn: ({ channels, account }: { channels: string[]; account: string }) =>
      others.all({ channels: JSON.stringify(channels), account }) as unknown as OtherRow[],
    privateAmong: (names: string[]): PrivateChannel[] =>
      (list.all(JSON.stringify(names)) as unknown as (PrivateChannel & { id: number })[]).map(
        ({ id, ...state }) => ({ ...state, members: membersOf(id).map((member) => member.id) }),
      ),
  };
}

/** Opens the look-up of what a change of a channel is decided by; undefined without a channel. */
export function openFindAccess(database: DatabaseSync) {
  const find = database.prepare(
    'SELECT id, private, maker, people, muted_until FROM channel WHERE name = ?',
  );
  const isMuted = openFindMute(database);
  const members = database.prepare('SELECT account_id FROM member WHERE channel_id = ?');

  return (
    channel: string,
    { by: { account }, at }: Pick<AccessChange, 'by' | 'at'>,
  ): (AccessFound & { row: IdRow }) | undefined => {
    const row = find.get(channel) as unknown as IdRow | undefined;
    if (!row) return undefined;
    const ids = members.all(row.id) as unknown as { account_id: string }[];
    const draft = { kind: 'access', at, ...(account && { by: accountSubject(account) }) };
    return {
      row,
      members: new Set(ids.map(({ account_id }) => account_id)),
      muted: isMuted(row, draft) === true,
    };
  };
}

/** Changes who may enter channels, for the one thread that writes. */
export function openAccessWriter(database: DatabaseSync) {
  const findAccess = openFindAccess(database);
  const findOldName = openFindOldName(database);
  const findPeople = database.prepare('SELECT name FROM channel WHERE people = ?');
  const create = database.prepare(
    `INSERT INTO channel (name, epoch, head, at, private, maker, people)
     VALUES (?, ?, 0, ?, 1, ?, ?) RETURNING id`,
  );
  const addAudit = openAddAudit(database);
  const setPrivate = database.prepare('UPDATE channel SET private = ? WHERE id = ?');
  const add = database.prepare(
    'INSERT INTO member (channel_id, account_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const remove = database.prepare('DELETE FROM member WHERE channel_id = ? AND account_id = ?');

  const createChannel = (
    name: string,
    { at, maker, people }: { at: number; maker: string | null; people: string | null },
  ): number => Number(create.get(name, newEpoch(), at, maker, people)?.id);

  return {
    changeAccess: (change: AccessChange): AccessOutcome =>
      inTransaction(database, () => {
        const found = findAccess(change.channel, change);
        const { row, ...access } = found ?? { members: new Set<string>(), muted: false };
        const { outcome, write } = decideAccess(row, access, change);
        if (!write) return outcome;
        if (!row && findOldName(change.channel)) return { refused: 'not-found' };
        const { at } = change;
        const { maker } = write;
        const id = row?.id ?? createChannel(change.channel, { at, maker, people: null });
        if (row && row.private !== write.private) setPrivate.run(write.private, id);
        for (const account of write.add) add.run(id, account);
        for (const account of write.remove) remove.run(id, account);
        addAudit(change.audit);
        return outcome;
      }),
    direct: ({ people, name, at }: { people: string[]; name: string; at: number }) =>
      inTransaction(database, () => {
        const key = peopleKey(people);
        const known = findPeople.get(key);
        if (known) return { channel: String(known.name), made: false };
        const id = createChannel(name, { at, maker: null, people: key });
        for (const account of people) add.run(id, account);
        return { channel: name, made: true };
      }),
  };
}

/** Private channels, for callers outside the threads. */
export function sqliteAccess({
  writer,
  reader,
}: {
  writer: ThreadCalls;
  reader: Pick<ThreadCalls, 'call'>;
}): AccessStore {
  return {
    find: (channel) => reader.call<ChannelAccess | undefined>('findAccess', channel),
    change: (change) => writer.call<AccessOutcome>('changeAccess', change),
    direct: (people, name, at) =>
      writer.call<{ channel: string; made: boolean }>('direct', { people, name, at }),
    othersIn: async (channels, account) =>
      othersOf(await reader.call<OtherRow[]>('othersIn', { channels, account })),
    privateAmong: (channels) => reader.call<PrivateChannel[]>('privateAmong', channels),
  };
}
