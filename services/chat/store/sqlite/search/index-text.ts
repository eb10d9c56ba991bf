import { authorWord, isSearched, type WordsRow } from '../../../search/indexed-words.ts';
import type { Term } from '../../../search/query.ts';
import { hasPlainWords, wordsOf } from '../../../search/tokens.ts';

/** Begins the word of an author, and that of a channel: no word of a text has these characters. */
const AUTHOR = '\ue000';
const CHANNEL = '\ue001';

/**
 * The text of a message in the index; undefined for what is not searched. SQLite divides it at ASCII
 * that is neither letter nor digit, and folds ASCII letters (sqlite.org, "FTS5", 4.3.2), so plain
 * words need no work here. Other words are made here, of lower-case letters, digits, marks and emoji.
 */
export function indexText(channelId: number, row: WordsRow): string | undefined {
  if (!isSearched(row)) return undefined;
  const { message, username } = row;
  const words = hasPlainWords(message) ? message : wordsOf(message).join(' ');
  return `${AUTHOR}${authorWord(username)} ${CHANNEL}${channelId} ${words}`;
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
