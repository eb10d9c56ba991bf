import { inStatements } from '@parley/store/sql/in-statements.ts';
import type { Insertable, Transaction } from 'kysely';
import type { Reaction, Vote } from '../decide/decide.ts';
import type { StoredRow } from '../event-row.ts';
import type { AuditDraft } from '../people/audit.ts';
import { type ReplacedRow, type SqlDialect, STATEMENT_BYTES } from './dialect.ts';
import { addAudit } from './people/audit.ts';
import { addToIndex, changeInIndex } from './search/index-rows.ts';
import type { Tables } from './tables.ts';

type Writing = Transaction<Tables>;
type ChannelVote = Vote & { channelId: number };
type ChannelReaction = Reaction & { channelId: number };

/** What a batch writes: new rows, changed rows, votes and reactions, each row once. */
export interface Writes {
  added: { channelId: number; row: StoredRow }[];
  changed: Map<string, { channelId: number; row: StoredRow }>;
  /** The messages among `changed` with another text. */
  reworded: Map<string, { channelId: number; row: StoredRow }>;
  votes: Map<string, ChannelVote>;
  reactions: Map<string, ChannelReaction>;
  audits: AuditDraft[];
  /** Messages with another number of replies. */
  parents: Map<string, { channelId: number; row: StoredRow }>;
  /** The accounts that messages mention from now on. */
  mentions: Map<string, { channelId: number; seq: number; accounts: string[] }>;
}

/** Bytes of a row's columns beside its text. */
const ROW_BYTES = 1_024;

const VOTE: ReplacedRow<'vote'> = { key: ['channel_id', 'seq', 'voter'], columns: ['value'] };

const STATEMENTS = {
  limit: STATEMENT_BYTES,
  bytesOf: ({ message, data = '' }: Pick<StoredRow, 'message' | 'data'>) =>
    Buffer.byteLength(message) + Buffer.byteLength(data ?? '') + ROW_BYTES,
};

/** Writes what was decided. Posts go into few inserts of bounded length. */
export async function writeRows(
  writing: Writing,
  dialect: SqlDialect,
  { added, changed, reworded, votes, reactions, audits, parents, mentions }: Writes,
): Promise<void> {
  const posts = added.filter(({ row }) => isPost(row));
  const changes = added.filter(({ row }) => !isPost(row)).map(changeRow);
  for (const some of inStatements(posts.map(postRow), STATEMENTS))
    await writing.insertInto('event').values(some).execute();
  if (changes.length > 0) await writing.insertInto('event').values(changes).execute();
  await addAudit(writing, audits);
  await writeReplies(writing, posts, [...parents.values()]);
  await writeMentions(writing, [...mentions.values()]);
  await writeVotes(writing, dialect, [...votes.values()]);
  await writeReactions(writing, dialect, [...reactions.values()]);
  for (const { channelId, row } of changed.values()) await writeChange(writing, channelId, row);
  await addToIndex(writing, dialect, posts);
  for (const message of reworded.values()) await changeInIndex(writing, dialect, message);
}

type Added = Writes['added'][number];

function isPost({ kind }: StoredRow): boolean {
  return kind === 'message' || kind === 'event';
}

function postRow({ channelId, row }: Added) {
  const { seq, kind, at, username, message, type, data, server, key, author, digest } = row;
  const { reply_to, mentions } = row;
  return {
    channel_id: channelId,
    seq,
    kind,
    at,
    username,
    message,
    type,
    data,
    server,
    key,
    author,
    digest,
    reply_to,
    mentions,
  };
}

function changeRow({ channelId, row }: Added): Insertable<Tables['event']> {
  const { seq, kind, at, username, message, type, server, ref, up, down, reactions } = row;
  const place = { channel_id: channelId, seq, kind, at };
  return { ...place, username, message, type, server, ref, up, down, reactions };
}

/** Adds replies to their threads, and sets the numbers of replies. */
async function writeReplies(writing: Writing, posts: Added[], parents: Added[]): Promise<void> {
  const replies = posts.flatMap(({ channelId, row: { seq, reply_to: ref } }) =>
    ref === null ? [] : [{ channel_id: channelId, ref, seq }],
  );
  if (replies.length > 0) await writing.insertInto('reply').values(replies).execute();
  for (const { channelId, row } of parents) {
    await writing
      .updateTable('event')
      .set({ replies: row.replies })
      .where('channel_id', '=', channelId)
      .where('seq', '=', row.seq)
      .execute();
  }
}

/** Sets the accounts that messages mention. */
async function writeMentions(
  writing: Writing,
  mentions: { channelId: number; seq: number; accounts: string[] }[],
): Promise<void> {
  if (mentions.length === 0) return;
  await writing
    .deleteFrom('mention')
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('channel_id', 'seq'),
        'in',
        mentions.map(({ channelId, seq }) => tuple(channelId, seq)),
      ),
    )
    .execute();
  const rows = mentions.flatMap(({ channelId, seq, accounts }) =>
    accounts.map((account_id) => ({ channel_id: channelId, seq, account_id })),
  );
  if (rows.length > 0) await writing.insertInto('mention').values(rows).execute();
}

async function writeVotes(
  writing: Writing,
  dialect: SqlDialect,
  votes: ChannelVote[],
): Promise<void> {
  const cast = votes.filter(({ value }) => value !== 0);
  const back = votes.filter(({ value }) => value === 0);
  if (cast.length > 0) {
    const rows = cast.map(({ channelId, ref, voter, value }) => ({
      channel_id: channelId,
      seq: ref,
      voter,
      value,
    }));
    await dialect.orReplace(writing.insertInto('vote').values(rows), VOTE).execute();
  }
  if (back.length > 0) {
    await writing
      .deleteFrom('vote')
      .where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('channel_id', 'seq', 'voter'),
          'in',
          back.map(({ channelId, ref, voter }) => tuple(channelId, ref, voter)),
        ),
      )
      .execute();
  }
}

/** A reaction that was added and taken back in one batch has no row, as one taken back. */
async function writeReactions(
  writing: Writing,
  dialect: SqlDialect,
  reactions: ChannelReaction[],
): Promise<void> {
  const rows = reactions.map(({ channelId, ref, subject, emoji }) => ({
    channel_id: channelId,
    seq: ref,
    subject,
    emoji,
  }));
  const added = rows.filter((_, i) => reactions[i]?.added);
  const back = rows.filter((_, i) => !reactions[i]?.added);
  if (added.length > 0)
    await dialect.unlessThere(writing.insertInto('reaction').values(added)).execute();
  if (back.length > 0) {
    await writing
      .deleteFrom('reaction')
      .where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('channel_id', 'seq', 'subject', 'emoji'),
          'in',
          back.map((row) => tuple(row.channel_id, row.seq, row.subject, row.emoji)),
        ),
      )
      .execute();
  }
}

/**
 * Updates a changed message, also one of the same batch: the insert of a message has none of the
 * columns that can change, except the text.
 */
async function writeChange(writing: Writing, channelId: number, row: StoredRow): Promise<void> {
  const { seq, message, mentions, data, up, down, reactions, edited, deleted, digest } = row;
  await writing
    .updateTable('event')
    .set({ message, mentions, data, up, down, reactions, edited, deleted, digest })
    .where('channel_id', '=', channelId)
    .where('seq', '=', seq)
    .execute();
  if (!deleted) return;
  for (const table of ['vote', 'reaction'] as const)
    await writing
      .deleteFrom(table)
      .where('channel_id', '=', channelId)
      .where('seq', '=', seq)
      .execute();
}
