import { foldText, wordsOf } from './tokens.ts';

/** The word of an author's name: two names that differ in case, accents or spaces have the same. */
export function authorWord(username: string): string {
  const letters = foldText(username).match(/[\p{L}\p{N}\p{M}]+/gu);
  return letters?.join('') ?? Buffer.from(username.trim()).toString('hex');
}

/** What an index has of a message: the words of its text, in order, and the word of its author. */
export interface IndexedWords {
  words: string[];
  author: string;
}

/** The words of a message; undefined for what is not searched: other kinds, and deleted messages. */
export function indexedWords({
  kind,
  message,
  username,
  deleted,
}: {
  kind: string;
  message: string;
  username: string;
  deleted: number;
}): IndexedWords | undefined {
  if (kind !== 'message' || deleted !== 0) return undefined;
  return { words: wordsOf(message), author: authorWord(username) };
}
