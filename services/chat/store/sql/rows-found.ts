import type { Expression, ExpressionBuilder, SqlBool, Transaction } from 'kysely';
import { type Found, isReply, mutedSubject, type Reaction, type Vote } from '../decide/decide.ts';
import type { NumberedEvent } from '../decide/number-event.ts';
import { type ChannelRow, STORED_COLUMNS, type StoredRow } from '../event-row.ts';
import type { MuteRow } from '../people/mutes.ts';
import { type Draft, isPostDraft } from '../store.ts';
import type { Owners } from './find-owners.ts';
import type { Tables } from './tables.ts';

type Writing = Transaction<Tables>;

/** The id of a channel, and the seq of an event in it. */
type Seq = readonly [channelId: number, seq: number];

/** The rows by which a batch is decided: from the store, and as the batch itself changes them. */
export class RowsFound {
  readonly #events = new Map<string, StoredRow>();
  readonly #seqsByKey = new Map<string, number>();
  readonly #votes = new Map<string, number>();
  readonly #reactions = new Map<string, boolean>();
  /** The end of each mute. */
  readonly #mutes = new Map<string, number>();
  readonly #owners: Owners;

  constructor(owners: Owners) {
    this.#owners = owners;
  }

  /** Adds a row of `event`, or replaces it. */
  addEvent(channelId: number, row: StoredRow): void {
    this.#events.set(`${channelId} ${row.seq}`, row);
    if (row.key !== null) this.#seqsByKey.set(`${channelId} ${row.key}`, row.seq);
  }

  addVote(channelId: number, { ref, voter, value }: Vote): void {
    this.#votes.set(`${channelId} ${ref} ${voter}`, value);
  }

  addReaction(channelId: number, { ref, subject, emoji, added }: Reaction): void {
    this.#reactions.set(`${channelId} ${ref} ${emoji} ${subject}`, added);
  }

  addMute({ channel_id, subject, until_at }: Omit<MuteRow, 'username'>): void {
    this.#mutes.set(`${channel_id} ${subject}`, until_at);
  }

  /** Adds what an event of the batch writes, for the later drafts of the batch. */
  add({ channel, added, changed, vote, reaction, parent }: NumberedEvent<ChannelRow>): void {
    this.addEvent(channel.id, added);
    if (changed) this.addEvent(channel.id, changed);
    if (parent) this.addEvent(channel.id, parent);
    if (vote) this.addVote(channel.id, vote);
    if (reaction) this.addReaction(channel.id, reaction);
  }

  #eventAt(channelId: number, seq: number | null | undefined): StoredRow | undefined {
    return seq == null ? undefined : this.#events.get(`${channelId} ${seq}`);
  }

  /** The messages to which the found events of some drafts reply. */
  parentsOf(refs: Seq[]): Seq[] {
    return refs.flatMap(([id, seq]): Seq[] => {
      const parent = this.#eventAt(id, seq)?.reply_to;
      return parent == null ? [] : [[id, parent]];
    });
  }

  /** The rows by which one draft is decided. */
  of(channel: ChannelRow, draft: Draft): Found {
    const channelId = channel.id;
    const subject = mutedSubject(channel, draft);
    const muted =
      subject !== undefined && (this.#mutes.get(`${channelId} ${subject}`) ?? 0) > draft.at;
    if (isPostDraft(draft)) {
      const owner = this.#owners.get(draft.username);
      const target = isReply(draft) ? this.#eventAt(channelId, draft.replyTo) : undefined;
      if (draft.key === undefined) return { owner, muted, target };
      const seq = this.#seqsByKey.get(`${channelId} ${draft.key}`);
      return { owner, muted, target, known: this.#eventAt(channelId, seq) };
    }
    if (!('ref' in draft)) return {};
    const target = this.#eventAt(channelId, draft.ref);
    if (draft.kind === 'delete')
      return { target, parent: this.#eventAt(channelId, target?.reply_to) };
    const { ref, by } = draft;
    if (draft.kind === 'reaction')
      return {
        target,
        muted,
        reacted: this.#reactions.get(`${channelId} ${ref} ${draft.emoji} ${by}`) ?? false,
      };
    return { target, muted, vote: this.#votes.get(`${channelId} ${ref} ${by}`) ?? 0 };
  }
}

/** Reads the rows by which a batch is decided. The owners of its usernames are given. */
export async function findForBatch(
  writing: Writing,
  {
    channels,
    batch,
    owners,
  }: { channels: Map<string, ChannelRow>; batch: Draft[]; owners: Owners },
): Promise<RowsFound> {
  const found = new RowsFound(owners);
  const placed = batch.flatMap((draft) => {
    const id = channels.get(draft.channel)?.id;
    return id === undefined ? [] : [{ id, draft }];
  });
  const keys = placed.flatMap(({ id, draft }) =>
    isPostDraft(draft) && draft.key !== undefined ? [[id, draft.key] as const] : [],
  );
  const refs = placed.flatMap(({ id, draft }): Seq[] => {
    if (isReply(draft)) return [[id, draft.replyTo]];
    return 'ref' in draft ? [[id, draft.ref]] : [];
  });
  const deleted = placed.flatMap(({ id, draft }): Seq[] =>
    draft.kind === 'delete' ? [[id, draft.ref]] : [],
  );
  const voters = placed.flatMap(({ id, draft }) =>
    draft.kind === 'vote' ? [[id, draft.ref, draft.by] as const] : [],
  );
  const reactions = placed.flatMap(({ id, draft }) =>
    draft.kind === 'reaction' ? [[id, draft.ref, draft.by, draft.emoji] as const] : [],
  );
  const muted = batch.flatMap((draft) => {
    const channel = channels.get(draft.channel);
    const subject = channel && mutedSubject(channel, draft);
    return channel && subject !== undefined ? [[channel.id, subject] as const] : [];
  });
  if (muted.length > 0) await findMutes(writing, muted, found);
  if (keys.length > 0) await findEvents(writing, hasKey(keys), found);
  if (refs.length > 0) await findEvents(writing, hasSeq(refs), found);
  const parents = found.parentsOf(deleted);
  if (parents.length > 0) await findEvents(writing, hasSeq(parents), found);
  if (voters.length > 0) await findVotes(writing, voters, found);
  if (reactions.length > 0) await findReactions(writing, reactions, found);
  return found;
}

/** Finds the events that meet a condition. */
async function findEvents(
  writing: Writing,
  holds: (query: ExpressionBuilder<Tables, 'event'>) => Expression<SqlBool>,
  found: RowsFound,
): Promise<void> {
  const rows = await writing
    .selectFrom('event')
    .select(['channel_id', ...STORED_COLUMNS])
    .where(holds)
    .execute();
  for (const row of rows) found.addEvent(row.channel_id, row);
}

function hasKey(keys: (readonly [number, string])[]) {
  return ({ eb, refTuple, tuple }: ExpressionBuilder<Tables, 'event'>) =>
    eb(
      refTuple('channel_id', 'key'),
      'in',
      keys.map(([id, key]) => tuple(id, key)),
    );
}

function hasSeq(refs: Seq[]) {
  return ({ eb, refTuple, tuple }: ExpressionBuilder<Tables, 'event'>) =>
    eb(
      refTuple('channel_id', 'seq'),
      'in',
      refs.map(([id, ref]) => tuple(id, ref)),
    );
}

async function findVotes(
  writing: Writing,
  voters: (readonly [number, number, string])[],
  found: RowsFound,
): Promise<void> {
  const rows = await writing
    .selectFrom('vote')
    .selectAll()
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('channel_id', 'seq', 'voter'),
        'in',
        voters.map(([id, ref, voter]) => tuple(id, ref, voter)),
      ),
    )
    .execute();
  for (const { channel_id, seq, voter, value } of rows) {
    found.addVote(channel_id, { ref: seq, voter, value });
  }
}

async function findReactions(
  writing: Writing,
  reactions: (readonly [number, number, string, string])[],
  found: RowsFound,
): Promise<void> {
  const rows = await writing
    .selectFrom('reaction')
    .selectAll()
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('channel_id', 'seq', 'subject', 'emoji'),
        'in',
        reactions.map(([id, ref, subject, emoji]) => tuple(id, ref, subject, emoji)),
      ),
    )
    .execute();
  for (const { channel_id, seq, subject, emoji } of rows) {
    found.addReaction(channel_id, { ref: seq, subject, emoji, added: true });
  }
}

async function findMutes(
  writing: Writing,
  subjects: (readonly [number, string])[],
  found: RowsFound,
): Promise<void> {
  const rows = await writing
    .selectFrom('mute')
    .select(['channel_id', 'subject', 'until_at'])
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('channel_id', 'subject'),
        'in',
        subjects.map(([id, subject]) => tuple(id, subject)),
      ),
    )
    .execute();
  for (const row of rows) found.addMute(row);
}
