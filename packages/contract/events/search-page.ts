import { type ChatMessage, encodeEvent } from './event.ts';

/** A matching part of a message's text: from `start` to before `end`, in UTF-16 code units. */
export interface SearchMatch {
  start: number;
  end: number;
}

/** A message that was found, in its current state. */
export type SearchResult = ChatMessage & { matches: SearchMatch[] };

/**
 * Messages that were found, the newest first. `next` is the `before` of the next page, null at the
 * end: in one channel a seq, in all channels a text. `indexing` is present while older messages
 * cannot be found yet.
 */
export interface SearchPage {
  results: SearchResult[];
  next: number | string | null;
  indexing?: true;
}

/** Writes a page as JSON text. */
export function encodeSearchPage({ results, ...page }: SearchPage): string {
  return `{"results":[${results.map(encodeResult).join()}],${JSON.stringify(page).slice(1)}`;
}

function encodeResult({ matches, ...message }: SearchResult): string {
  return `${encodeEvent(message).slice(0, -1)},"matches":${JSON.stringify(matches)}}`;
}
