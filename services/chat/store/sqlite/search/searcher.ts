import type { DatabaseSync } from 'node:sqlite';
import { EVERY_ROOM, type Viewer } from '@parley/kit/tokens/identity.ts';
import type { Term } from '../../../search/query.ts';
import { type ChannelRow, READ_COLUMNS } from '../../event-row.ts';
import {
  asFound,
  type Found,
  type FoundPage,
  type FoundRow,
  pageOf,
  type SearchQuery,
} from '../../search.ts';
import { openIsHidden } from '../rooms.ts';
import { indexQuery } from './index-text.ts';
import { firstDoc } from './index-writer.ts';

/**
 * A beginning shorter than this may be that of most words, and FTS5 reads all their messages before
 * the first result.
 */
const BROAD_BELOW = 4;
/** Messages that are read one by one for a broad beginning, before the index is asked for it. */
const WALK = 2_000;

type DocRow = FoundRow & { doc: number };

/** The range of the index in which a viewer searches: `from` included, `before` not. */
interface Range {
  from: number;
  before: number;
  viewer: Viewer;
}

/** Searches messages, for the thread that searches. */
export function openSearcher(database: DatabaseSync) {
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
  const findChannel = database.prepare('SELECT id, private FROM channel WHERE name = ?');
  const isHidden = openIsHidden(database);
  const findBound = database.prepare(
    `SELECT doc FROM event WHERE channel_id = ? AND seq >= ? AND doc IS NOT NULL
     ORDER BY seq LIMIT 1`,
  );

  function rangeOf(
    { since, until, place, channel, viewer = null }: SearchQuery,
    id: number | undefined,
  ): Range {
    const bounds = [firstDoc(until), place?.[0] ?? Number.MAX_SAFE_INTEGER];
    if (id !== undefined && channel?.before !== undefined) {
      const bound = findBound.get(id, channel.before);
      if (bound) bounds.push(Number(bound.doc));
    }
    return { from: firstDoc(since), before: Math.min(...bounds), viewer };
  }

  /** Rows that match the terms, lazily; without terms, every message. */
  function rows(match: string, { from, before, viewer }: Range, limit: number): Iterable<DocRow> {
    const found =
      match === ''
        ? all.iterate(from, before, viewer, viewer, limit)
        : matching.iterate(match, from, before, viewer, viewer, limit);
    return found as Iterable<unknown> as Iterable<DocRow>;
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
      return pageOf([...rows(match, range, limit + 1)], limit, { found, place });
    },
  };
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
