import { PREPARE } from '@parley/store/sql/prepared-statements.ts';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { indexedWords } from '../../search/indexed-words.ts';
import { isReply, type NewEvent } from '../decide/decide.ts';
import { decide } from '../decide/decide-draft.ts';
import { numberEvent } from '../decide/number-event.ts';
import type { ChannelRow } from '../event-row.ts';
import { type Appended, type Draft, isPostDraft, type PostDraft } from '../store.ts';
import { findOwners, selectOwnedPrepared } from './find-owners.ts';
import { channelWord, textWithoutChannel } from './search/postgres-words.ts';
import type { Tables } from './tables.ts';

/** A post that is stored if its channel is open and its key is not known. */
interface PlacedPost {
  post: PostDraft;
  write: NewEvent;
  /** The post's place among the batch's posts in its channel, from 1. */
  place: number;
}

/** What a batch adds to a channel: `count` posts, the last one at `at`. */
interface Raise {
  name: string;
  count: number;
  at: number;
}

type NamedChannel = ChannelRow & { name: string };

const OPEN_CHANNEL: ChannelRow = {
  id: 0,
  epoch: '',
  head: 0,
  closed: 0,
  private: 0,
  muted_until: 0,
};
/**
 * unique_violation: another writer stored a key meanwhile. serialization_failure: the database's
 * default isolation is not `read committed` (PostgreSQL manual, appendix A).
 */
const NEEDS_TRANSACTION = new Set(['23505', '40001']);

/**
 * Stores a batch in one statement of PostgreSQL, if it has only new posts, without replies, in
 * channels that exist, are open to all and have a first event and no mutes. Otherwise resolves with
 * undefined, and nothing is stored. The database gives the numbers, so that no writer holds a channel's
 * lock during a round trip.
 */
export async function appendPosts(
  database: Kysely<Tables>,
  batch: Draft[],
): Promise<Appended[] | undefined> {
  if (!batch.every(isPostDraft) || batch.some(isReply)) return undefined;
  const placed = await placePosts(database, batch);
  if (placed === undefined) return undefined;
  const channels = new Map((await storePosts(database, placed)).map((row) => [row.name, row]));
  if (channels.size === 0) return undefined;
  return placed.map(({ post, write, place }) => {
    const channel = channels.get(post.channel) as NamedChannel;
    return numberEvent({ ...channel, head: channel.head + place - 1 }, post, write).appended;
  });
}

/** Decides and counts posts; undefined if one is refused. */
async function placePosts(
  database: Kysely<Tables>,
  posts: PostDraft[],
): Promise<PlacedPost[] | undefined> {
  const names = posts.map(({ username }) => username);
  const owners = await findOwners(database, names, selectOwnedPrepared);
  const counts = new Map<string, number>();
  const placed = posts.flatMap((post) => {
    const { write } = decide(OPEN_CHANNEL, post, { owner: owners.get(post.username) });
    const place = (counts.get(post.channel) ?? 0) + 1;
    counts.set(post.channel, place);
    return write ? [{ post, write, place }] : [];
  });
  return placed.length < posts.length ? undefined : placed;
}

/**
 * Stores posts, and resolves with their channels as they were before. Resolves with no channel, and
 * stores nothing, if a channel is missing, without events, closed or private or has a mute, or a key is
 * known.
 */
async function storePosts(database: Kysely<Tables>, placed: PlacedPost[]): Promise<NamedChannel[]> {
  try {
    const { rows } = await statementFor(placed).execute(database);
    return rows;
  } catch (error) {
    if (NEEDS_TRANSACTION.has(String((error as { code?: unknown }).code))) return [];
    throw error;
  }
}

/** Stores which accounts the posts mention. */
const MENTIONS = sql`, mentions AS (
  INSERT INTO mention (channel_id, seq, account_id)
  SELECT raised.id, raised.head + place, mentioned.id
  FROM raised JOIN post USING (name), json_array_elements_text(post.mentioned) AS mentioned (id)
)`;

/** True if a post's key is stored. As a subquery of its own it always uses the index of the keys. */
const KEY_KNOWN = sql`EXISTS (
  SELECT FROM post JOIN locked USING (name)
  WHERE (SELECT true FROM event WHERE event.channel_id = locked.id AND event.key = post.key)
)`;

/**
 * Both statements of a batch get their values as JSON, so PostgreSQL expects as many rows in the
 * plan that it keeps as in one for these values, and chooses to keep it.
 *
 * The channels are locked in the order of their names, so that no two writers wait for each other.
 * The statement sees the keys of the time before it waited for the locks. The unique index finds a
 * key that was stored meanwhile.
 */
function statementFor(placed: PlacedPost[]): RawBuilder<NamedChannel> {
  const posts = placed.map(({ post, write: { row, mentioned }, place }) => {
    const indexed = indexedWords(row);
    const words = indexed && textWithoutChannel(indexed);
    return { ...usedOf(row), name: post.channel, place, words, mentioned };
  });
  const raises = raisesOf(placed);
  const earliest = Math.min(...placed.map(({ post }) => post.at));
  const keyKnown = posts.some(({ key }) => key !== null) ? KEY_KNOWN : sql`false`;
  return sql`${sql.raw(PREPARE)}
    WITH raise AS (
      SELECT * FROM json_to_recordset(${JSON.stringify(raises)}::json)
        AS raise (name text, count bigint, at bigint)
    ), post AS (
      SELECT * FROM json_to_recordset(${JSON.stringify(posts)}::json) AS post (
        name text, place bigint, kind text, at bigint, username text, message text, type text,
        data text, server text, key text, author text, digest text, words text,
        mentions text, mentioned json)
    ), locked AS (
      SELECT id, name, closed, private, muted_until, head > 0 AS begun FROM channel
      WHERE name = ANY(ARRAY(SELECT name FROM raise)) ORDER BY name FOR UPDATE
    ), raised AS (
      UPDATE channel SET head = head + raise.count, at = raise.at
      FROM locked JOIN raise USING (name)
      WHERE channel.id = locked.id
        AND (SELECT count(*) FROM locked WHERE closed = 0 AND private = 0
          AND begun AND muted_until <= ${earliest})
          = (SELECT count(*) FROM raise)
        AND NOT ${keyKnown}
      RETURNING channel.id, channel.name, epoch, head - raise.count AS head, channel.closed,
        channel.private, channel.muted_until
    ), stored AS (
      INSERT INTO event
        (channel_id, seq, kind, at, username, message, type, data, server, key, author, digest,
          mentions)
      SELECT raised.id, raised.head + place,
        kind, at, username, message, type, data, server, key, author, digest, mentions
      FROM raised JOIN post USING (name)
    ), indexed AS (
      INSERT INTO search_message (channel_id, at, seq, words)
      SELECT raised.id, at, raised.head + place,
        (words || ${` ${channelWord('')}`} || raised.id)::tsvector
      FROM raised JOIN post USING (name) WHERE words IS NOT NULL
    )${placed.some(({ write }) => write.mentioned) ? MENTIONS : sql``}
    SELECT * FROM raised`;
}

/** The columns that a post has; the others keep their defaults. */
function usedOf(row: NewEvent['row']) {
  const { kind, at, username, message, type, data, server, key, author, digest, mentions } = row;
  return { kind, at, username, message, type, data, server, key, author, digest, mentions };
}

function raisesOf(placed: PlacedPost[]): Raise[] {
  const raises = new Map(
    placed.map(({ post: { channel: name, at }, place }) => [name, { name, count: place, at }]),
  );
  return [...raises.values()];
}
