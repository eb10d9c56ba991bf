import type { Message } from '@parley/client';
import { requestJson } from '../request-json.ts';

/** A part of a text, in UTF-16 code units. */
export interface Match {
  start: number;
  end: number;
}

export type SearchResult = Message & { matches: readonly Match[] };

/** A page of results, the newest first. `next` is the `before` of the next page; null on the last. */
export interface SearchPage {
  results: SearchResult[];
  next: number | string | null;
  /** An older database is being indexed: older messages cannot be found yet. */
  indexing?: true;
}

/** Searches a channel, or all that the visitor may read. @throws AnswerError with the refusal */
export function searchMessages(
  words: string,
  { channel, before }: { channel: string | undefined; before?: number | string | null },
): Promise<SearchPage> {
  const query = new URLSearchParams({ q: words });
  if (before != null) query.set('before', String(before));
  const path = channel === undefined ? '' : `/chat/${encodeURIComponent(channel)}`;
  return requestJson(`${path}/search?${query}`);
}
