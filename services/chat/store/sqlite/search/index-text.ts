import type { IndexedWords } from '../../../search/indexed-words.ts';
import type { Term } from '../../../search/query.ts';

/** Begins the word of an author, and that of a channel: no word of a text has these characters. */
const AUTHOR = '\ue000';
const CHANNEL = '\ue001';

/**
 * The text of a message in the index. SQLite divides it at the spaces alone: its words have only
 * lower-case letters, digits, marks and emoji (sqlite.org, "FTS5", 4.3.2).
 */
export function indexText(channelId: number, { words, author }: IndexedWords): string {
  return `${AUTHOR}${author} ${CHANNEL}${channelId} ${words.join(' ')}`;
}

/** What FTS5 looks for. Each text in it is quoted, and no word has a quote. */
export function indexQuery({
  terms,
  authors,
  channelId,
}: {
  terms: Term[];
  authors: string[];
  channelId: number | undefined;
}): string {
  const parts = terms.map(({ words, prefix }) => `"${words.join(' ')}"${prefix ? ' *' : ''}`);
  if (authors.length > 0) {
    parts.push(`(${authors.map((author) => `"${AUTHOR}${author}"`).join(' OR ')})`);
  }
  if (channelId !== undefined) parts.push(`"${CHANNEL}${channelId}"`);
  return parts.join(' AND ');
}
