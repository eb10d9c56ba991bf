import {
  AUTHOR_MARK,
  authorWord,
  CHANNEL_MARK,
  isSearched,
  type WordsRow,
} from '../../../search/indexed-words.ts';
import type { Term } from '../../../search/query.ts';
import { hasPlainWords, wordsOf } from '../../../search/tokens.ts';

/**
 * The text of a message in the index; undefined for what is not searched. SQLite divides it at ASCII
 * that is neither letter nor digit, and folds ASCII letters (sqlite.org, "FTS5", 4.3.2), so plain
 * words need no work here. Other words are made here, of lower-case letters, digits, marks and emoji.
 */
export function indexText(channelId: number, row: WordsRow): string | undefined {
  if (!isSearched(row)) return undefined;
  const { message, username } = row;
  const words = hasPlainWords(message) ? message : wordsOf(message).join(' ');
  return `${AUTHOR_MARK}${authorWord(username)} ${CHANNEL_MARK}${channelId} ${words}`;
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
    parts.push(`(${authors.map((author) => `"${AUTHOR_MARK}${author}"`).join(' OR ')})`);
  }
  if (channelId !== undefined) parts.push(`"${CHANNEL_MARK}${channelId}"`);
  return parts.join(' AND ');
}
