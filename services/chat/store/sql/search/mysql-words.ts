import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Term } from '../../../search/query.ts';
import { SEARCH_LIMIT_MS, type Wanted, type WordsDialect } from './words-dialect.ts';

/**
 * Begins each word of a text, and of an author: so no word is a stop word, or shorter than
 * `innodb_ft_min_token_size`.
 */
const TEXT = 'zq';
const AUTHOR = 'zf';
/** The default of `innodb_ft_max_token_size`; longer words would not be in the index. */
const WORD_MAX = 84;
/**
 * ER_STATEMENT_TIMEOUT of MariaDB, ER_QUERY_TIMEOUT of MySQL, and HA_ERR_FTS_EXCEED_RESULT_CACHE_LIMIT:
 * the rows of a word are more than `innodb_ft_result_cache_limit` holds.
 */
const LIMITS = new Set([1969, 3024, 188]);

/**
 * The index of words in MySQL and MariaDB: a FULLTEXT index over Parley's own words, written with
 * lower-case letters and digits of ASCII alone. The index is quick only for a word that few messages
 * have, so it is asked for the rarest one, and the other words are looked for in what it finds.
 */
export const mysqlWords: WordsDialect = {
  textOf: (_channelId, { words, author }) =>
    ` ${[encode(AUTHOR, author), ...words.map((word) => encode(TEXT, word))].join(' ')} `,
  asColumn: (text) => sql`${text}`,
  walks: [500, 5_000],
  holds: (wanted) => sql`(${sql.join(partsOf(wanted).map(likeAny), sql` AND `)})`,
  finds(wanted, counts) {
    const rarest = counts.indexOf(Math.min(...counts));
    const parts = words(wanted)[rarest] ?? [];
    const match = parts.map(({ text, prefix }) => text + (prefix ? '*' : '')).join(' ');
    return sql`MATCH (words) AGAINST (${`+(${match})`} IN BOOLEAN MODE) AND ${this.holds(wanted)}`;
  },
  countsOf: (wanted) => words(wanted).map(likeAny),
  limited: {
    select: sql.raw(
      `/*M! SET STATEMENT max_statement_time = ${SEARCH_LIMIT_MS / 1000} FOR */
       SELECT /*+ MAX_EXECUTION_TIME(${SEARCH_LIMIT_MS}) */`,
    ),
  },
  isTimeLimit: (error) => LIMITS.has((error as { errno?: number }).errno ?? 0),
};

/** Words with single spaces between; with `prefix` the last one is a beginning. */
interface Part {
  text: string;
  prefix: boolean;
}

/** A row must have one part of each group. */
function partsOf({ terms, authors }: Wanted): Part[][] {
  return withAuthors(
    terms.map((term) => [
      { text: term.words.map((word) => encode(TEXT, word)).join(' '), prefix: term.prefix },
    ]),
    authors,
  );
}

/** As `partsOf`, with each word of a phrase as a group of its own. */
function words({ terms, authors }: Wanted): Part[][] {
  return withAuthors(terms.flatMap(wordsOf), authors);
}

function wordsOf(term: Term): Part[][] {
  return term.words.map((word, at) => [
    { text: encode(TEXT, word), prefix: term.prefix && at === term.words.length - 1 },
  ]);
}

function withAuthors(groups: Part[][], authors: string[]): Part[][] {
  if (authors.length === 0) return groups;
  return [...groups, authors.map((author) => ({ text: encode(AUTHOR, author), prefix: false }))];
}

function likeAny(parts: Part[]): RawBuilder<SqlBool> {
  const likes = parts.map(
    ({ text, prefix }) => sql<SqlBool>`words LIKE ${`% ${text}${prefix ? '%' : ' %'}`}`,
  );
  return sql`(${sql.join(likes, sql` OR `)})`;
}

/**
 * A word in ASCII: another character is `9z` and its code point in four digits of base 36. The
 * beginning of a word stays the beginning of its encoding.
 */
function encode(begin: string, word: string): string {
  const text = word.replaceAll(/[^a-z0-9]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `9z${code.toString(36).padStart(4, '0')}`;
  });
  return (begin + text).slice(0, WORD_MAX);
}
