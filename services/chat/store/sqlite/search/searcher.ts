import type { DatabaseSync } from 'node:sqlite';
import type { Viewer } from '@parley/kit/viewer.ts';
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
import { openAskedTerms } from './asked-terms.ts';
import { indexQuery } from './index-text.ts';
import { firstDoc, PLACES } from './index-writer.ts';

/** What one page may cost. */
interface Limits {
  /** Rows of the index that are read, also those that the viewer may not see. */
  visited: number;
  /** No further row is read after this time. */
  ms: number;
  /** See `openAskedTerms`. */
  places?: number;
}

const LIMITS: Limits = { visited: 10_000, ms: 300 };

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
  /** The channel, which the viewer may enter, if one is searched. */
  id: number | undefined;
}

/** What was found in a part of the index, and why it ended there. */
interface Part {
  found: Found[];
  /** `full`: there is a further page. `at`: the last row that was read within the limits. */
  end: 'full' | 'all' | { at: Doc };
}

/** Searches messages, for the thread that searches. */
export function openSearcher(database: DatabaseSync, limits = LIMITS) {
  const askedTerms = openAskedTerms(database, limits.places);
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
    return { from: firstDoc(since), before: Math.min(...bounds), viewer, id };
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

  /** Finds one message more than a page has, within the limits. */
  function find(match: string, range: Range, query: SearchQuery): Part {
    const lateAt = performance.now() + limits.ms;
    const read = openRead(range.viewer);
    const found: Found[] = [];
    let visited = 0;
    for (const doc of docs(match, range)) {
      const row = read(doc);
      const each = row && asFound(row, [doc.doc], query);
      if (each) found.push(each);
      if (found.length > query.limit) return { found, end: 'full' };
      if (++visited === limits.visited || performance.now() > lateAt) {
        return { found, end: { at: doc } };
      }
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
      const match = indexQuery({ terms: askedTerms(terms), authors, channelId: id });
      return pageOfPart(find(match, range, query), query.limit, range);
    },
  };
}

function pageOfPart({ found, end }: Part, limit: number, range: Range): FoundPage {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const after = last ? { place: last.place, seq: last.message.seq } : null;
  if (end === 'full') return { found: shown, next: after };
  if (end === 'all') return { found: shown, next: null };
  return { found: shown, next: nextBelow(end.at, range, after) };
}

/** Where a search goes on that ended at a message which its viewer perhaps may not see. */
function nextBelow({ doc, seq }: Doc, { before, id }: Range, after: Next | null): Next {
  if (id !== undefined) return { place: [doc], seq };
  const rounded = roundedEnd(doc, before, PLACES);
  if (rounded === undefined) return { place: [doc], seq: 0 };
  return after && Number(after.place[0]) < rounded ? after : { place: [rounded], seq: 0 };
}
