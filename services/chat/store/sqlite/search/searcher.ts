import type { DatabaseSync } from 'node:sqlite';
import type { Viewer } from '@parley/kit/viewer.ts';
import type { Term } from '../../../search/query.ts';
import { type ChannelRow, type EventRow, READ_COLUMNS } from '../../event-row.ts';
import {
  asFound,
  type Found,
  type FoundPage,
  type FoundRow,
  type Next,
  roundedEnd,
  type SearchQuery,
} from '../../search.ts';
import { openIsHidden } from '../people/access.ts';
import { indexQuery } from './index-text.ts';
import { firstDoc, PLACES } from './index-writer.ts';

/**
 * A beginning shorter than this may be that of most words, and FTS5 reads all their messages before
 * the first result.
 */
const BROAD_BELOW = 4;
/** Messages that are read one by one for a broad beginning, before the index is asked for it. */
const WALK = 2_000;
/** Rows of the index that are read for one page, also those that the viewer may not see. */
const VISITED_MAX = 10_000;

/** A message in the index. */
interface Doc {
  doc: number;
  channel_id: number;
  seq: number;
}

/** The range of the index in which a viewer searches: `from` included, `before` not. */
interface Range {
  from: number;
  before: number;
  viewer: Viewer;
}

/** What was found in a part of the index, and why it ended there. */
interface Part {
  found: Found[];
  /** `full`: there is a further page. `walked`: the walk found too little. */
  end: 'full' | 'walked' | 'all' | { visited: number };
}

/** Searches messages, for the thread that searches. */
export function openSearcher(database: DatabaseSync) {
  const matching = database.prepare(
    `SELECT search_message.* FROM search_index
     CROSS JOIN search_message ON search_message.doc = search_index.rowid
     WHERE search_index MATCH ? AND search_index.rowid >= ? AND search_index.rowid < ?
     ORDER BY search_index.rowid DESC`,
  );
  const all = database.prepare(
    'SELECT * FROM search_message WHERE doc >= ? AND doc < ? ORDER BY doc DESC',
  );
  const findEvent = database.prepare(
    `SELECT ${READ_COLUMNS.join(', ')}, message, mentions FROM event
     WHERE channel_id = ? AND seq = ?`,
  );
  const findChannel = database.prepare('SELECT id, private FROM channel WHERE name = ?');
  const findById = database.prepare(
    'SELECT id, name AS channel, epoch, private FROM channel WHERE id = ?',
  );
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

  /**
   * Messages that match the terms, the newest first, lazily; without terms, every message. (A number
   * is bound as REAL, and FTS5 begins at the bounds only if they are INTEGER.)
   */
  function docs(match: string, { from, before }: Range): Iterable<Doc> {
    const found =
      match === ''
        ? all.iterate(from, before)
        : matching.iterate(match, BigInt(from), BigInt(before));
    return found as Iterable<unknown> as Iterable<Doc>;
  }

  /** Reads the messages of channels that a viewer may enter; each channel is looked at once. */
  function openRead(viewer: Viewer): (doc: Doc) => FoundRow | undefined {
    const channels = new Map<number, Pick<FoundRow, 'channel' | 'epoch'> | undefined>();
    return ({ channel_id: id, seq }) => {
      if (!channels.has(id)) {
        const row = findById.get(id) as (ChannelRow & { channel: string }) | undefined;
        channels.set(id, row && !isHidden(row, viewer) ? row : undefined);
      }
      const channel = channels.get(id);
      const row = channel && (findEvent.get(id, seq) as unknown as EventRow | undefined);
      return row && { ...row, channel: channel.channel, epoch: channel.epoch };
    };
  }

  /** Finds one message more than a page has, in at most `most` messages that the viewer may see. */
  function find(match: string, range: Range, query: SearchQuery, most = Infinity): Part {
    const read = openRead(range.viewer);
    const found: Found[] = [];
    let visited = 0;
    let seen = 0;
    for (const doc of docs(match, range)) {
      const row = read(doc);
      const each = row && asFound(row, [doc.doc], query);
      if (each) found.push(each);
      if (found.length > query.limit) return { found, end: 'full' };
      if (row && ++seen === most) return { found, end: 'walked' };
      if (++visited === VISITED_MAX) return { found, end: { visited: doc.doc } };
    }
    return { found, end: 'all' };
  }

  return {
    search(query: SearchQuery): FoundPage {
      const { terms, authors } = query;
      const channel = (query.channel && findChannel.get(query.channel.name)) as
        | Pick<ChannelRow, 'id' | 'private'>
        | undefined;
      if (query.channel && (!channel || isHidden(channel, query.viewer))) {
        return { found: [], next: null };
      }
      const id = channel?.id;
      const range = rangeOf(query, id);
      const narrow = terms.filter((term) => !isBroad(term));
      if (narrow.length < terms.length) {
        const match = indexQuery({ terms: narrow, authors, channelId: id });
        const walked = find(match, range, query, WALK);
        if (walked.end !== 'walked') return pageOfPart(walked, query.limit, range);
      }
      const match = indexQuery({ terms, authors, channelId: id });
      return pageOfPart(find(match, range, query), query.limit, range);
    },
  };
}

function isBroad({ words, prefix }: Term): boolean {
  return prefix && [...(words.at(-1) ?? '')].length < BROAD_BELOW;
}

function pageOfPart({ found, end }: Part, limit: number, { before }: Range): FoundPage {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const after = last ? { place: last.place, seq: last.message.seq } : null;
  if (end === 'full') return { found: shown, next: after };
  if (typeof end === 'string') return { found: shown, next: null };
  return { found: shown, next: nextBelow(end.visited, before, after) };
}

/** Where a search goes on that ended at a message which its viewer may not see. */
function nextBelow(doc: number, before: number, after: Next | null): Next {
  const rounded = roundedEnd(doc, before, PLACES);
  if (rounded === undefined) return { place: [doc], seq: 0 };
  return after && Number(after.place[0]) < rounded ? after : { place: [rounded], seq: 0 };
}
