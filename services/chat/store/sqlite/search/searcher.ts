import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { EVERY_ROOM, type Viewer } from '@parley/kit/tokens/identity.ts';
import type { Term } from '../../../search/query.ts';
import { type ChannelRow, READ_COLUMNS } from '../../event-row.ts';
import {
  asFound,
  type Found,
  type FoundPage,
  type FoundRow,
  type Next,
  pageOf,
  type SearchQuery,
} from '../../search.ts';
import { openIsHidden } from '../rooms.ts';
import { indexQuery } from './index-text.ts';
import { firstDoc } from './index-writer.ts';
import { type Range, slicesOf } from './slices.ts';

/**
 * A beginning shorter than this may be that of most words, and FTS5 reads all their messages before
 * the first result.
 */
const BROAD_BELOW = 4;
/** Messages that are read one by one for a broad beginning, before the index is asked for it. */
const WALK = 2_000;

type DocRow = FoundRow & { doc: number };

/** The range of the index in which a viewer searches. */
interface ViewedRange extends Range {
  viewer: Viewer;
}

/** How long one search reads slices of the index, so that the searches of others need not wait. */
const LIMIT_MS = 300;

/** Searches messages, for the thread that searches. */
export function openSearcher(database: DatabaseSync, limitMs = LIMIT_MS) {
  const select = `SELECT search_message.doc, channel.name AS channel, epoch,
    ${READ_COLUMNS.map((column) => `event.${column}`).join(', ')}, event.message, event.mentions`;
  const join = `CROSS JOIN event ON event.channel_id = search_message.channel_id
      AND event.seq = search_message.seq
    CROSS JOIN channel ON channel.id = event.channel_id`;
  const visible = `(channel.private = 0 OR ? = '${EVERY_ROOM}' OR EXISTS (
    SELECT 1 FROM member WHERE member.channel_id = channel.id AND account_id = ?))`;
  const matching = database.prepare(
    `${select} FROM search_index
     CROSS JOIN search_message ON search_message.doc = search_index.rowid ${join}
     WHERE search_index MATCH ? AND search_index.rowid >= ? AND search_index.rowid < ?
       AND ${visible}
     ORDER BY search_index.rowid DESC LIMIT ?`,
  );
  const all = database.prepare(
    `${select} FROM search_message ${join}
     WHERE search_message.doc >= ? AND search_message.doc < ? AND ${visible}
     ORDER BY search_message.doc DESC LIMIT ?`,
  );
  const [newestOf, oldestOf] = ['DESC', 'ASC'].map((order) =>
    database.prepare(
      `SELECT rowid AS doc FROM search_index
       WHERE search_index MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid ${order} LIMIT 1`,
    ),
  );
  const [newest, oldest] = ['DESC', 'ASC'].map((order) =>
    database.prepare(
      `SELECT doc FROM search_message WHERE doc >= ? AND doc < ? ORDER BY doc ${order} LIMIT 1`,
    ),
  );
  const findSeq = database.prepare('SELECT seq FROM search_message WHERE doc = ?');
  const findChannel = database.prepare('SELECT id, private FROM channel WHERE name = ?');
  const isHidden = openIsHidden(database);
  const findBound = database.prepare(
    `SELECT doc FROM event WHERE channel_id = ? AND seq >= ? AND doc IS NOT NULL
     ORDER BY seq LIMIT 1`,
  );

  function rangeOf(
    { since, until, place, channel, viewer = null }: SearchQuery,
    id: number | undefined,
  ): ViewedRange {
    const bounds = [firstDoc(until), place?.[0] ?? Number.MAX_SAFE_INTEGER];
    if (id !== undefined && channel?.before !== undefined) {
      const bound = findBound.get(id, channel.before);
      if (bound) bounds.push(Number(bound.doc));
    }
    return { from: firstDoc(since), before: Math.min(...bounds), viewer };
  }

  /** Rows that match the terms, lazily; without terms, every message. */
  function rows(
    match: string,
    { from, before, viewer }: ViewedRange,
    limit: number,
  ): Iterable<DocRow> {
    const found =
      match === ''
        ? all.iterate(from, before, viewer, viewer, limit)
        : matching.iterate(match, from, before, viewer, viewer, limit);
    return found as Iterable<unknown> as Iterable<DocRow>;
  }

  /** The part of a range from its oldest to its newest message, of a channel or of all. */
  function narrowed({ from, before }: Range, id: number | undefined): Range | undefined {
    const channel = indexQuery({ terms: [], authors: [], channelId: id });
    const edge = (ofChannel?: StatementSync, ofAll?: StatementSync) =>
      id === undefined ? ofAll?.get(from, before) : ofChannel?.get(channel, from, before);
    const last = edge(newestOf, newest);
    const first = edge(oldestOf, oldest);
    return last && first && { from: Number(first.doc), before: Number(last.doc) + 1 };
  }

  /**
   * The rows of a query whose words may be common and seldom together: FTS5 could read all messages
   * of each word. `end` is where the time was up; null when all was read.
   */
  function searchSlices({
    match,
    range,
    limit,
    id,
  }: {
    match: string;
    range: ViewedRange;
    limit: number;
    id: number | undefined;
  }): { read: DocRow[]; end: Next | null } {
    const startedAt = performance.now();
    const read: DocRow[] = [];
    const within = narrowed(range, id);
    for (const slice of within ? slicesOf(within) : []) {
      read.push(...rows(match, { ...range, ...slice }, limit + 1 - read.length));
      if (read.length > limit) break;
      const isLast = slice.from === within?.from;
      if (isLast || performance.now() - startedAt < limitMs) continue;
      // In all channels no message is named, because it may be hidden from the viewer.
      if (id === undefined) return { read, end: { place: [slice.from], seq: 0 } };
      const doc = narrowed({ from: slice.from, before: range.before }, id)?.from ?? slice.from;
      return { read, end: { place: [doc], seq: Number(findSeq.get(doc)?.seq ?? 0) } };
    }
    return { read, end: null };
  }

  return {
    search(query: SearchQuery): FoundPage {
      const { terms, authors, limit } = query;
      const channel = (query.channel && findChannel.get(query.channel.name)) as
        | Pick<ChannelRow, 'id' | 'private'>
        | undefined;
      if (query.channel && (!channel || isHidden(channel, query.viewer))) {
        return { found: [], next: null };
      }
      const id = channel?.id;
      const range = rangeOf(query, id);
      const place = ({ doc }: DocRow) => [doc];
      const found = (row: DocRow) => asFound(row, place(row), query);
      const narrow = terms.filter((term) => !isBroad(term));
      if (narrow.length < terms.length) {
        const match = indexQuery({ terms: narrow, authors, channelId: id });
        const walked = walk(rows(match, range, WALK), limit + 1, found);
        if (walked.found.length > limit || walked.read < WALK)
          return pageOfFound(walked.found, limit);
      }
      const match = indexQuery({ terms, authors, channelId: id });
      const sliced = isLong(query)
        ? searchSlices({ match, range, limit, id })
        : { read: [...rows(match, range, limit + 1)], end: null };
      const page = pageOf(sliced.read, limit, { found, place });
      return page.next ? page : { ...page, next: sliced.end };
    },
  };
}

/** True for several words without a beginning, which FTS5 would read anew for each slice. */
function isLong({ terms, authors }: SearchQuery): boolean {
  const words = terms.reduce((sum, term) => sum + term.words.length, authors.length);
  return words > 1 && terms.every(({ prefix }) => !prefix);
}

function isBroad({ words, prefix }: Term): boolean {
  return prefix && [...(words.at(-1) ?? '')].length < BROAD_BELOW;
}

/** Reads rows until `count` of them match. */
function walk(
  rows: Iterable<DocRow>,
  count: number,
  asFoundRow: (row: DocRow) => Found | undefined,
) {
  const found: Found[] = [];
  let read = 0;
  for (const row of rows) {
    read++;
    const each = asFoundRow(row);
    if (each) found.push(each);
    if (found.length === count) break;
  }
  return { found, read };
}

function pageOfFound(found: Found[], limit: number): FoundPage {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const next = last && found.length > limit ? { place: last.place, seq: last.message.seq } : null;
  return { found: shown, next };
}
