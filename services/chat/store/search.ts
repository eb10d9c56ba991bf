import type { ChatMessage } from '@parley/contract/events/event.ts';
import type { Viewer } from '@parley/kit/viewer.ts';
import { findMatches, type Match } from '../search/find-matches.ts';
import { authorWord } from '../search/indexed-words.ts';
import type { SearchTerms } from '../search/query.ts';
import { asMessage, type EventRow } from './event-row.ts';
import type { Hold } from './lease.ts';

/** Which messages are searched: of one channel, or of all. */
export interface SearchQuery extends SearchTerms {
  /** With a channel, only messages before the event `seq` in it, if given. */
  channel?: { name: string; before?: number };
  /** Without a channel, only messages after this place in the order of results (`Found.place`). */
  place?: number[];
  /** Number of messages at most. */
  limit: number;
  /** As whom private channels are searched; absent: as none. */
  viewer?: Viewer;
}

/** A message that was found, in its current state. */
export interface Found {
  message: ChatMessage;
  matches: Match[];
  place: number[];
}

/**
 * Messages that were found, the newest first: those with the latest `at`, and in a channel with the
 * same `at` the highest seq. `next` is where the search continues, null at the end. A page may have
 * fewer messages than asked for, even none, when the database reached a limit of its work.
 */
export interface FoundPage {
  found: Found[];
  next: Next | null;
}

export interface Next {
  place: number[];
  seq: number;
}

/** The index of messages' words. A message is in it from its own transaction on. */
export interface SearchStore {
  search(query: SearchQuery): Promise<FoundPage>;
  /** The channels with messages from before the index that are not in it yet. */
  unindexed(): Promise<string[]>;
  /** Adds a channel's newest messages that are not in the index, `limit` at most. */
  index(channel: string, limit: number): Promise<Indexed>;
  /**
   * Adds messages since a time (milliseconds since 1970, UTC) that an older Parley has stored beside
   * this one during a rolling update. Resolves with their number.
   */
  recheck(since: number): Promise<number>;
  /** Takes or renews the lease for indexing. */
  hold: Hold;
}

/** How many messages a step added; `done` when all messages of the channel are in the index. */
export interface Indexed {
  added: number;
  done: boolean;
}

/** A row of `event` with its channel. */
export type FoundRow = EventRow & { channel: string; epoch: string };

/**
 * Makes what was found of a row; undefined if its current text does not match, which an index that
 * an older Parley did not update cannot know, or its author, of whom an index may have only the
 * beginning of a long name.
 */
export function asFound(
  row: FoundRow,
  place: number[],
  { terms, authors }: Pick<SearchTerms, 'terms' | 'authors'>,
): Found | undefined {
  if (row.deleted !== 0) return undefined;
  if (authors.length > 0 && !authors.includes(authorWord(row.username))) return undefined;
  const matches = findMatches(row.message, terms);
  return matches && { message: asMessage(row.channel, row.epoch, row), matches, place };
}

/** A minute and a second. */
const ROUND_SECONDS = [60, 1];

/**
 * A round time above `end`, where a search ended at a message that its viewer may not see: so `next`
 * does not hold when that was posted. `second` is a second in the unit of the times. Undefined when
 * no round time is below `before`, where the search began.
 */
export function roundedEnd(end: number, before: number, second: number): number | undefined {
  return ROUND_SECONDS.map((seconds) => {
    const step = seconds * second;
    return end - (end % step) + step;
  }).find((time) => time < before);
}

/** A page of at most `limit` of what was found; one more shows that there is a next page. */
export function pageOf<R extends { seq: number }>(
  rows: R[],
  limit: number,
  { found, place }: { found: (row: R) => Found | undefined; place: (row: R) => number[] },
): FoundPage {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    found: shown.map(found).filter((each) => each !== undefined),
    next: last && rows.length > limit ? { place: place(last), seq: last.seq } : null,
  };
}
