import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { READ_COLUMNS } from '../../event-row.ts';
import {
  asFound,
  type FoundPage,
  type FoundRow,
  type Next,
  pageOf,
  roundedEnd,
  type SearchQuery,
} from '../../search.ts';
import type { SqlDialect } from '../dialect.ts';
import type { Tables } from '../tables.ts';
import { findChannel, type Scope, scopeOfAll, scopeOfChannel } from './scope.ts';
import type { Wanted } from './words-dialect.ts';

type Place = Pick<FoundRow, 'seq'> & { at: number; channel_id: number };
type Row = FoundRow & Place;

/** Where so few of the newest messages have a word, the index is quicker than further messages. */
const RARE = 0.004;
/**
 * Where more of the newest messages match, and the viewer may see few of them, further messages are
 * quicker than the index.
 */
const COMMON = 0.05;

const COLUMNS = sql.raw(
  `name AS channel, epoch, found.channel_id, ${READ_COLUMNS.map((column) => `event.${column}`)}, event.message, event.mentions`,
);

/**
 * Searches messages: at first among the newest ones, one by one, which finds common words, and then
 * by the index of words, which finds the rare ones.
 */
export async function searchMessages(
  database: Kysely<Tables>,
  { words }: SqlDialect,
  query: SearchQuery,
): Promise<FoundPage> {
  const channelId = query.channel && (await findChannel(database, query));
  if (query.channel && channelId === undefined) return { found: [], next: null };
  const scope =
    channelId === undefined ? scopeOfAll(query) : await scopeOfChannel(database, query, channelId);
  const wanted: Wanted = { terms: query.terms, authors: query.authors, channelId };
  const page = (rows: Row[]) =>
    pageOf(rows, query.limit, {
      found: (row) => asFound(row, placeOf(row), query),
      place: placeOf,
    });
  let walked: { rows: Row[]; end: Next; isCommon: boolean } | undefined;
  let counts: number[] = [];
  for (const count of words.walks) {
    const rows = await walk(database, { scope, holds: words.holds(wanted), count, query });
    if (rows.length > query.limit) return page(rows);
    const end = await endOf(database, scope, count);
    if (!end) return page(rows);
    const of = [words.holds(wanted), ...words.countsOf(wanted)];
    const [matching = 0, ...ofWords] = await countIn(database, { scope, of, count });
    walked = { rows, end, isCommon: matching > count * COMMON };
    counts = ofWords;
    if (Math.min(...counts) <= count * RARE) break;
  }
  if (walked?.isCommon) return pageUntil(page(walked.rows), walked.end, scope);
  try {
    return page(await findByIndex(database, words, { scope, wanted, counts, query }));
  } catch (error) {
    if (!walked || !words.isTimeLimit(error)) throw error;
    return pageUntil(page(walked.rows), walked.end, scope);
  }
}

/** A page of a search that ended at a message, which its viewer may perhaps not see. */
function pageUntil({ found }: FoundPage, end: Next, { before }: Scope): FoundPage {
  const [at = 0] = end.place;
  const rounded = before === undefined ? undefined : roundedEnd(at, before, 1_000);
  if (rounded === undefined) return { found, next: end };
  const last = found.at(-1);
  const isBelow = last !== undefined && Number(last.place[0]) < rounded;
  const next = isBelow
    ? { place: last.place, seq: last.message.seq }
    : { place: [rounded, 0, 0], seq: end.seq };
  return { found, next };
}

function placeOf({ at, channel_id, seq }: Place): number[] {
  return [at, channel_id, seq];
}

/** Reads the newest `count` messages of the index one by one, also those that are not visible. */
async function walk(
  database: Kysely<Tables>,
  {
    scope: { within, order, visibleIn },
    holds,
    count,
    query: { limit },
  }: { scope: Scope; holds: RawBuilder<SqlBool>; count: number; query: SearchQuery },
): Promise<Row[]> {
  const { rows } = await sql<Row>`
    SELECT ${COLUMNS} FROM (
      SELECT channel_id, at, seq FROM (
        SELECT channel_id, at, seq, words FROM search_message
        WHERE ${within} ORDER BY ${order} LIMIT ${sql.lit(count)}
      ) AS newest
      WHERE ${holds} AND ${visibleIn('newest')} ORDER BY ${order} LIMIT ${sql.lit(limit + 1)}
    ) AS found ${WITH_EVENTS}`.execute(database);
  return rows;
}

const WITH_EVENTS = sql`
  JOIN event ON event.channel_id = found.channel_id AND event.seq = found.seq
  JOIN channel ON channel.id = found.channel_id
  ORDER BY found.at DESC, found.channel_id DESC, found.seq DESC`;

/** The oldest of the newest `count` messages; undefined when there are not more than that. */
async function endOf(
  database: Kysely<Tables>,
  { within, order }: Scope,
  count: number,
): Promise<Next | undefined> {
  const { rows } = await sql<Place>`
    SELECT channel_id, at, seq FROM search_message
    WHERE ${within} ORDER BY ${order} LIMIT 2 OFFSET ${sql.lit(count - 1)}`.execute(database);
  const [last, more] = rows;
  return last && more && { place: placeOf(last), seq: last.seq };
}

/** How many of the newest messages meet each condition. */
async function countIn(
  database: Kysely<Tables>,
  {
    scope: { within, order },
    of,
    count,
  }: { scope: Scope; of: RawBuilder<SqlBool>[]; count: number },
): Promise<number[]> {
  const sums = of.map(
    (condition, at) => sql`count(CASE WHEN ${condition} THEN 1 END) AS ${sql.ref(`n${at}`)}`,
  );
  const { rows } = await sql<Record<string, unknown>>`
    SELECT ${sql.join(sums)} FROM (
      SELECT words FROM search_message WHERE ${within} ORDER BY ${order} LIMIT ${sql.lit(count)}
    ) AS newest`.execute(database);
  return of.map((_condition, at) => Number(rows[0]?.[`n${at}`] ?? 0));
}

async function findByIndex(
  database: Kysely<Tables>,
  words: SqlDialect['words'],
  {
    scope: { within, order, visibleIn },
    wanted,
    counts,
    query: { limit },
  }: { scope: Scope; wanted: Wanted; counts: number[]; query: SearchQuery },
): Promise<Row[]> {
  const select = sql<Row>`
    ${words.limited.select} ${COLUMNS} FROM (
      SELECT channel_id, at, seq FROM (${matchesOf(words.finds(wanted, counts), sql`${within} AND ${visibleIn('search_message')}`)}) AS matching
      ORDER BY ${order} LIMIT ${sql.lit(limit + 1)}
    ) AS found ${WITH_EVENTS}`;
  const { before } = words.limited;
  if (!before) return (await select.execute(database)).rows;
  return database.transaction().execute(async (reading) => {
    await before.execute(reading);
    return (await select.execute(reading)).rows;
  });
}

/** Without OFFSET 0, PostgreSQL may walk by the order and not use the index of words. */
function matchesOf(finds: RawBuilder<SqlBool>, within: RawBuilder<SqlBool>): RawBuilder<unknown> {
  return sql`SELECT channel_id, at, seq FROM search_message WHERE ${finds} AND ${within}
    LIMIT 1000000000 OFFSET 0`;
}
