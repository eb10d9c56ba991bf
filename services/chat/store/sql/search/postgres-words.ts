import { sql } from 'kysely';
import { AUTHOR_MARK, CHANNEL_MARK, type IndexedWords } from '../../../search/indexed-words.ts';
import type { Term } from '../../../search/query.ts';
import { SEARCH_LIMIT_MS, type Wanted, type WordsDialect } from './words-dialect.ts';

/** The highest position that PostgreSQL keeps (manual, 12.11). */
const POSITION_MAX = 16_383;
/** query_canceled (PostgreSQL manual, appendix A). */
const CANCELED = '57014';

/**
 * The index of words in PostgreSQL: a `tsvector` made of Parley's own words, with their positions.
 * No word has a character that is special in a `tsvector` or a `tsquery`.
 */
export const postgresWords: WordsDialect = {
  textOf: (channelId, words) => `${channelWord(channelId)} ${textWithoutChannel(words)}`,
  asColumn: (text) => sql`${text}::tsvector`,
  walks: [10_000],
  holds: (wanted) => sql`words @@ ${queryOf(wanted)}::tsquery`,
  finds: (wanted) => sql`words @@ ${queryOf(wanted)}::tsquery`,
  countsOf: () => [],
  limited: {
    before: sql`SELECT set_config('statement_timeout', ${String(SEARCH_LIMIT_MS)}, true)`,
    select: sql`SELECT`,
  },
  isTimeLimit: (error) => (error as { code?: unknown }).code === CANCELED,
};

/** The word of a channel, which SQL can make by adding its id. */
export function channelWord(id: number | ''): string {
  return `${CHANNEL_MARK}${id}`;
}

/** The text of a message whose channel has no id yet. */
export function textWithoutChannel({ words, author }: IndexedWords): string {
  const placed = words.map((word, at) => `${word}:${Math.min(at + 1, POSITION_MAX)}`);
  return [`${AUTHOR_MARK}${author}`, ...placed].join(' ');
}

function queryOf({ terms, authors, channelId }: Wanted): string {
  const parts = terms.map(phraseOf);
  if (authors.length > 0)
    parts.push(authors.map((author) => `'${AUTHOR_MARK}${author}'`).join(' | '));
  if (channelId !== undefined) parts.push(`'${channelWord(channelId)}'`);
  return parts.map((part) => `(${part})`).join(' & ');
}

function phraseOf({ words, prefix }: Term): string {
  const quoted = words.map((word) => `'${word}'`).join(' <-> ');
  return prefix ? `${quoted}:*` : quoted;
}
