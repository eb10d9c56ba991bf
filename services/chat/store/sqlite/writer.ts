import type { DatabaseSync } from 'node:sqlite';
import { inTransaction as runInTransaction } from '@parley/store/sqlite/in-transaction.ts';
import {
  createsChannel,
  decideWithoutChannel,
  type Found,
  isReply,
  makerBy,
  makerOf,
} from '../decide/decide.ts';
import { decideHidden } from '../decide/decide-access.ts';
import { decide } from '../decide/decide-draft.ts';
import { type NumberedEvent, numberEvent } from '../decide/number-event.ts';
import { newEpoch } from '../epoch.ts';
import { type ChannelRow, STORED_COLUMNS, type StoredRow } from '../event-row.ts';
import { type Appended, type Draft, isPostDraft, type TrimQuery } from '../store.ts';
import { trimUpTo } from '../trim.ts';
import { openFindOldName } from './channels/find-old-name.ts';
import { openLogCleaner } from './log-cleaner.ts';
import { type OwnerOf, openOwners } from './owners.ts';
import { openIsHidden } from './people/access.ts';
import { openAddAudit } from './people/audit.ts';
import { openFindMentions } from './people/find-mentions.ts';
import { openFindMute } from './people/mutes.ts';
import { openRowWriter } from './row-writer.ts';
import { openIndexWriter } from './search/index-writer.ts';

type MadeRow = ChannelRow & { maker: string | null };

/** The write side of the log, for the one thread that writes. */
export function openWriter(database: DatabaseSync) {
  const rows = openRowWriter(database);
  const isHidden = openIsHidden(database);
  const cleaner = openLogCleaner(database);
  const owners = openOwners(database);
  const addAudit = openAddAudit(database);
  const isMuted = openFindMute(database);
  const findOldName = openFindOldName(database);
  const index = openIndexWriter(database);
  const findChannel = database.prepare(
    'SELECT id, epoch, head, closed, private, muted_until, maker FROM channel WHERE name = ?',
  );
  const addChannel = database.prepare(
    `INSERT INTO channel (name, epoch, head, at, maker) VALUES (?, ?, 0, 0, ?)
     RETURNING id, epoch, head, closed, private, muted_until, maker`,
  );
  const setMaker = database.prepare('UPDATE channel SET maker = ? WHERE id = ?');
  const raiseHead = database.prepare(
    'UPDATE channel SET head = ?, at = ?, closed = ? WHERE id = ?',
  );
  const columns = STORED_COLUMNS.join(', ');
  const findKey = database.prepare(`SELECT ${columns} FROM event WHERE channel_id = ? AND key = ?`);
  const findEvent = database.prepare(
    `SELECT ${columns} FROM event WHERE channel_id = ? AND seq = ?`,
  );
  const findVote = database.prepare(
    'SELECT value FROM vote WHERE channel_id = ? AND seq = ? AND voter = ?',
  );
  const findReaction = database.prepare(
    'SELECT 1 FROM reaction WHERE channel_id = ? AND seq = ? AND subject = ? AND emoji = ?',
  );
  const findOldest = database.prepare(
    `SELECT seq, at FROM event WHERE channel_id = ? AND (at <= ? OR seq <= ?)
     ORDER BY seq LIMIT ?`,
  );

  const findUnindexed = database.prepare(
    'SELECT name FROM channel WHERE unindexed > 0 ORDER BY at DESC',
  );

  /** The channel's row, which the draft may make; `hidden` where the name is an old one. */
  function channelRow(draft: Draft, ownerOf: OwnerOf): MadeRow | 'hidden' | undefined {
    const row = findChannel.get(draft.channel);
    if (row) return row as unknown as MadeRow;
    if (findOldName(draft.channel)) return 'hidden';
    const owner = isPostDraft(draft) ? ownerOf(draft.username) : undefined;
    if (!createsChannel(draft, owner)) return undefined;
    return addChannel.get(draft.channel, newEpoch(), makerOf(draft)) as unknown as MadeRow;
  }

  function eventAt(id: number, seq: number | null | undefined): StoredRow | undefined {
    return seq == null ? undefined : (findEvent.get(id, seq) as StoredRow | undefined);
  }

  function find(channel: ChannelRow, draft: Draft, ownerOf: OwnerOf): Found {
    const { id } = channel;
    const muted = isMuted(channel, draft);
    if (isPostDraft(draft)) {
      const owner = ownerOf(draft.username);
      const target = isReply(draft) ? eventAt(id, draft.replyTo) : undefined;
      if (draft.key === undefined) return { owner, muted, target };
      return { owner, muted, target, known: findKey.get(id, draft.key) as StoredRow | undefined };
    }
    if (!('ref' in draft)) return {};
    const target = eventAt(id, draft.ref);
    if (draft.kind === 'delete') return { target, parent: eventAt(id, target?.reply_to) };
    if (draft.kind === 'vote')
      return { target, muted, vote: Number(findVote.get(id, draft.ref, draft.by)?.value ?? 0) };
    if (draft.kind !== 'reaction') return { target, muted };
    return {
      target,
      muted,
      reacted: findReaction.get(id, draft.ref, draft.by, draft.emoji) !== undefined,
    };
  }

  const findMentions = openFindMentions(database);

  function write(
    {
      channel,
      added,
      changed,
      vote,
      reaction,
      audit,
      parent,
      mentioned,
    }: NumberedEvent<ChannelRow>,
    { target }: Found,
  ): void {
    rows.add(channel.id, added, index.add(channel.id, added));
    if (parent) rows.replies(channel.id, parent);
    if (mentioned) rows.mentions(channel.id, mentioned);
    if (changed) rows.change(channel.id, changed);
    if (vote) rows.vote(channel.id, vote);
    if (reaction) rows.reaction(channel.id, reaction);
    addAudit(audit);
    if (added.kind !== 'edit' && added.kind !== 'delete') return;
    if (target && changed) index.change(channel.id, target, changed);
    cleaner.ask();
  }

  function appendAll(batch: Draft[]): Appended[] {
    const channels = new Map<string, MadeRow>();
    const raised = new Map<string, ChannelRow & { at: number }>();
    const ownerOf = owners();
    const results = findMentions(batch).map((draft): Appended => {
      const channel = channels.get(draft.channel) ?? channelRow(draft, ownerOf);
      if (!channel) return decideWithoutChannel(draft);
      if (channel === 'hidden') return decideHidden(draft);
      channels.set(draft.channel, channel);
      if (isHidden(channel, draft.viewer)) return decideHidden(draft);
      const found = find(channel, draft, ownerOf);
      const decision = decide(channel, draft, found);
      if (!decision.write) return decision.appended;
      const event = numberEvent(channel, draft, decision.write);
      write(event, found);
      const maker = makerBy(channel, draft);
      if (maker !== undefined) setMaker.run(maker, channel.id);
      channels.set(draft.channel, event.channel);
      raised.set(draft.channel, { ...event.channel, at: draft.at });
      return event.appended;
    });
    for (const { id, head, at, closed } of raised.values()) raiseHead.run(head, at, closed, id);
    return results;
  }

  function trim(query: TrimQuery): number {
    const channel = findChannel.get(query.channel) as unknown as ChannelRow | undefined;
    if (!channel) return 0;
    const { id, head } = channel;
    const beyond = head - query.keepEvents;
    const oldest = findOldest.all(id, query.now, beyond, query.limit);
    const upTo = trimUpTo(oldest as { seq: number; at: number }[], head, query);
    if (upTo === 0) return 0;
    index.removeUpTo(channel.id, upTo);
    return rows.removeUpTo(channel.id, upTo);
  }

  const inTransaction = <T>(work: () => T) =>
    runInTransaction(database, () => index.inTransaction(work));

  function cleaned<T>(result: T): T {
    cleaner.clean();
    return result;
  }

  return {
    trim: (query: TrimQuery) => cleaned(inTransaction(() => trim(query))),
    unindexed: () => findUnindexed.all().map(({ name }) => String(name)),
    index: ({ channel, limit }: { channel: string; limit: number }) =>
      inTransaction(() => index.addMissing(channel, limit)),
    append: (batch: Draft[]) => cleaned(inTransaction(() => appendAll(batch))),
    /** Proves that the file accepts writes: it writes and commits a page with the same content. */
    check(): void {
      inTransaction(() => {
        const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
        database.exec(`PRAGMA user_version = ${version}`);
      });
      cleaner.clean();
    },
  };
}
