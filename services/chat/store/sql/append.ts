import type { Insertable, Kysely, Transaction } from 'kysely';
import { createsChannel, decideWithoutChannel, makerBy, makerOf } from '../decide/decide.ts';
import { decideHidden } from '../decide/decide-access.ts';
import { decide } from '../decide/decide-draft.ts';
import { type NumberedEvent, numberEvent } from '../decide/number-event.ts';
import { newEpoch } from '../epoch.ts';
import type { ChannelRow } from '../event-row.ts';
import { type Appended, type Draft, isPostDraft } from '../store.ts';
import { oldNamesAmong } from './channels/old-names.ts';
import type { SqlDialect } from './dialect.ts';
import { findOwners, type Owners } from './find-owners.ts';
import { findHidden } from './people/access.ts';
import { findMentions } from './people/find-mentions.ts';
import { findForBatch, type RowsFound } from './rows-found.ts';
import type { Tables } from './tables.ts';
import { type Writes, writeRows } from './write-rows.ts';

type Writing = Transaction<Tables>;
type NamedChannel = ChannelRow & { name: string; maker: string | null };

/** Opens the write side of the log in an SQL database. */
export function openAppend(database: Kysely<Tables>, dialect: SqlDialect) {
  return async (posted: Draft[]): Promise<Appended[]> => {
    const batch = await findMentions(database, posted);
    return (await dialect.appendPosts?.(database, batch)) ?? appendLocked(database, dialect, batch);
  };
}

/**
 * Stores a batch in one transaction. The channels' rows are locked first, in the order of their
 * names, so that in each channel seq order is commit order and no two writers wait for each other.
 */
function appendLocked(
  database: Kysely<Tables>,
  dialect: SqlDialect,
  batch: Draft[],
): Promise<Appended[]> {
  return database
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (writing) => {
      const names = batch.filter(isPostDraft).map(({ username }) => username);
      const owners = await findOwners(writing, names);
      const { channels, oldNames } = await lockChannels(writing, { dialect, batch, owners });
      const found = await findForBatch(writing, { channels, batch, owners });
      const isHidden = await findHidden(writing, channels, batch);
      const { results, writes, raised, made } = decideAll(batch, {
        channels,
        oldNames,
        found,
        isHidden,
      });
      await writeRows(writing, dialect, writes);
      if (raised.length > 0) {
        await dialect.orRaise(writing.insertInto('channel').values(raised)).execute();
      }
      for (const { id, maker } of made)
        await writing.updateTable('channel').set({ maker }).where('id', '=', id).execute();
      return results;
    });
}

/**
 * Locks the channels of a batch, and creates the missing channels that get an event. No channel gets
 * an old name of another.
 */
async function lockChannels(
  writing: Writing,
  { dialect, batch, owners }: { dialect: SqlDialect; batch: Draft[]; owners: Owners },
): Promise<{ channels: Map<string, NamedChannel>; oldNames: ReadonlySet<string> }> {
  const names = [...new Set(batch.map(({ channel }) => channel))].sort();
  const lock = () =>
    writing
      .selectFrom('channel')
      .select(['id', 'name', 'epoch', 'head', 'closed', 'private', 'muted_until', 'maker'])
      .where('name', 'in', names)
      .orderBy('name')
      .forUpdate()
      .execute();
  let rows = await lock();
  const there = new Set(rows.map(({ name }) => name));
  const creating = batch.filter((draft) =>
    createsChannel(draft, isPostDraft(draft) ? owners.get(draft.username) : undefined),
  );
  const created = new Set(creating.map(({ channel }) => channel));
  const missing = names.filter((name) => created.has(name) && !there.has(name));
  if (missing.length > 0) {
    const makers = new Map(creating.toReversed().map((draft) => [draft.channel, makerOf(draft)]));
    const added = missing.map((name) => {
      return { name, epoch: newEpoch(), head: 0, at: 0, maker: makers.get(name) ?? null };
    });
    // Another replica may add the same channel at the same time: then that row is used.
    await dialect.unlessThere(writing.insertInto('channel').values(added)).execute();
  }
  const unknown = names.filter((name) => !there.has(name));
  const oldNames = await oldNamesAmong(writing, unknown);
  if (oldNames.size > 0) {
    const made = missing.filter((name) => oldNames.has(name));
    if (made.length > 0) await writing.deleteFrom('channel').where('name', 'in', made).execute();
  }
  if (missing.length > 0) rows = await lock();
  return { channels: new Map(rows.map((row) => [row.name, row])), oldNames };
}

function decideAll(
  batch: Draft[],
  {
    channels: locked,
    oldNames,
    found,
    isHidden,
  }: {
    channels: Map<string, NamedChannel>;
    oldNames: ReadonlySet<string>;
    found: RowsFound;
    isHidden: (draft: Draft) => boolean;
  },
) {
  const writes: Writes = {
    added: [],
    changed: new Map(),
    reworded: new Map(),
    votes: new Map(),
    reactions: new Map(),
    audits: [],
    parents: new Map(),
    mentions: new Map(),
  };
  const channels = new Map(locked);
  const raised = new Map<string, Insertable<Tables['channel']>>();
  const made: { id: number; maker: string }[] = [];
  const results = batch.map((draft): Appended => {
    const channel = channels.get(draft.channel);
    if (oldNames.has(draft.channel)) return decideHidden(draft);
    if (!channel) return decideWithoutChannel(draft);
    if (isHidden(draft)) return decideHidden(draft);
    const decision = decide(channel, draft, found.of(channel, draft));
    if (!decision.write) return decision.appended;
    const event = numberEvent(channel, draft, decision.write);
    found.add(event);
    gather(writes, event);
    const maker = makerBy(channel, draft);
    if (maker !== undefined) made.push({ id: channel.id, maker });
    const { name, epoch, head, closed } = event.channel;
    channels.set(draft.channel, event.channel);
    raised.set(name, { name, epoch, head, closed, at: draft.at });
    return event.appended;
  });
  return { results, writes, raised: [...raised.values()], made };
}

/** Gathers what to write: only the last change to a row, and a subject's last vote or reaction. */
function gather(
  { added, changed, reworded, votes, reactions, audits, parents, mentions }: Writes,
  {
    channel,
    added: row,
    changed: target,
    vote,
    reaction,
    audit,
    parent,
    mentioned,
  }: NumberedEvent<NamedChannel>,
): void {
  const channelId = channel.id;
  added.push({ channelId, row });
  if (audit) audits.push(audit);
  if (target) changed.set(`${channelId} ${target.seq}`, { channelId, row: target });
  if (parent) parents.set(`${channelId} ${parent.seq}`, { channelId, row: parent });
  if (target && (row.kind === 'edit' || row.kind === 'delete')) {
    reworded.set(`${channelId} ${target.seq}`, { channelId, row: target });
  }
  if (mentioned) mentions.set(`${channelId} ${mentioned.seq}`, { channelId, ...mentioned });
  if (vote) votes.set(`${channelId} ${vote.ref} ${vote.voter}`, { channelId, ...vote });
  if (reaction) {
    const { ref, emoji, subject } = reaction;
    reactions.set(`${channelId} ${ref} ${emoji} ${subject}`, { channelId, ...reaction });
  }
}
