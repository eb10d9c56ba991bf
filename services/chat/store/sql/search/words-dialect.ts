import type { RawBuilder, SqlBool } from 'kysely';
import type { IndexedWords } from '../../../search/indexed-words.ts';
import type { SearchQuery } from '../../search.ts';

/** How long one select of the index may take. */
export const SEARCH_LIMIT_MS = 1_000;

/** What is looked for in the words of one message. */
export type Wanted = Pick<SearchQuery, 'terms' | 'authors'> & { channelId: number | undefined };

/** Where SQL databases differ for the index of words. */
export interface WordsDialect {
  /** The words of a message as text, before `asColumn`. */
  textOf(channelId: number, words: IndexedWords): string;
  /** The column `words` from a text. */
  asColumn(text: string): RawBuilder<string>;
  /** Numbers of the newest messages that are read one by one before the index is used, rising. */
  walks: readonly number[];
  /** True if the words of a row hold what is wanted. */
  holds(wanted: Wanted): RawBuilder<SqlBool>;
  /**
   * The condition by which the index finds rows; more may be found than are wanted. `counts` are the
   * numbers of the newest messages with each of `countsOf`.
   */
  finds(wanted: Wanted, counts: number[]): RawBuilder<SqlBool>;
  /** Conditions whose counts help `finds`. */
  countsOf(wanted: Wanted): RawBuilder<SqlBool>[];
  /** Runs a select of the index with a limit of its time. */
  limited: {
    /** Before the transaction's select, a statement of its own. */
    before?: RawBuilder<unknown>;
    /** In place of the word SELECT. */
    select: RawBuilder<unknown>;
  };
  /** True for the error of that limit. */
  isTimeLimit(error: unknown): boolean;
}
