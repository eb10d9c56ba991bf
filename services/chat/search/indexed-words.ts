import { remembering } from '@parley/contract/remembering.ts';
import { foldText, wordsOf } from './tokens.ts';

/** Begins the word of an author in an index: no word of a text has this character. */
export const AUTHOR_MARK = '\ue000';
/** Begins the word of a channel, in the same way. */
export const CHANNEL_MARK = '\ue001';

/** The word of an author's name: two names that differ in case, accents or spaces have the same. */
export const authorWord = remembering((username) => {
  const letters = foldText(username).match(/[\p{L}\p{N}\p{M}]+/gu);
  return letters?.join('') ?? Buffer.from(username.trim()).toString('hex');
});

/** What an index has of a message: the words of its text, in order, and the word of its author. */
export interface IndexedWords {
  words: string[];
  author: string;
}

/** What decides about the words of a message. */
export interface WordsRow {
  kind: string;
  message: string;
  username: string;
  deleted: number;
}

/** False for what is not searched: other kinds, and deleted messages. */
export function isSearched({ kind, deleted }: Pick<WordsRow, 'kind' | 'deleted'>): boolean {
  return kind === 'message' && deleted === 0;
}

/** The words of a message; undefined for what is not searched. */
export function indexedWords(row: WordsRow): IndexedWords | undefined {
  if (!isSearched(row)) return undefined;
  return { words: wordsOf(row.message), author: authorWord(row.username) };
}
