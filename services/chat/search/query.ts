import { ChatError } from '@parley/contract/problem.ts';
import { authorWord } from './indexed-words.ts';
import { isDense, tokenize, wordsOf } from './tokens.ts';

/** Words that must follow each other. With `prefix`, the last one is the beginning of a word. */
export interface Term {
  words: string[];
  prefix: boolean;
}

/** What is searched: messages with all terms, by one of the authors if any is named. */
export interface SearchTerms {
  terms: Term[];
  /** As `authorWord` writes them. */
  authors: string[];
  /** Times in milliseconds since 1970 (UTC): since this one, and before that one. */
  since: number;
  until: number;
}

const QUERY_MAX = 500;
const TERMS_MAX = 16;
const WORDS_MAX = 64;
const DAY_MS = 86_400_000;
/** A phrase, a name with a value, or a word. A phrase without its end goes on to the end. */
const PART = /(?:(from|before|after):)(?:"([^"]*)"?|(\S*))|"([^"]*)"?(\*?)|([^\s"]+)/giu;
const DATE = /^\d{4}-\d\d-\d\d$/;
const ALL_TIME = { since: Number.MIN_SAFE_INTEGER, until: Number.MAX_SAFE_INTEGER };

/**
 * Reads `q`: words, `"phrases"`, `beginnings*`, `from:name`, `before:2026-11-01` and
 * `after:2026-11-01` (days in UTC, without that day). Every other character only separates words.
 * @throws ChatError `invalid-query`
 */
export function parseSearch(q: string): SearchTerms {
  if (q.length > QUERY_MAX) throw invalid(`q has more than ${QUERY_MAX} characters`);
  const search: SearchTerms = { terms: [], authors: [], ...ALL_TIME };
  for (const [, name, quoted, value, phrase, star, word] of q.matchAll(PART)) {
    if (name !== undefined) addFilter(search, name.toLowerCase(), quoted ?? value ?? '');
    else addTerm(search, phrase ?? word ?? '', star === '*');
  }
  const words = search.terms.reduce((sum, term) => sum + term.words.length, 0);
  if (search.terms.length + search.authors.length === 0) {
    throw invalid('q has no word to search; send a word, a "phrase", a beginning* or from:name');
  }
  if (search.terms.length + search.authors.length > TERMS_MAX || words > WORDS_MAX) {
    throw invalid(`q has more than ${TERMS_MAX} parts or ${WORDS_MAX} words`);
  }
  return search;
}

function addFilter(search: SearchTerms, name: string, value: string): void {
  if (name === 'from') {
    if (value.trim() === '') throw invalid('from: needs a name, such as from:ana');
    search.authors.push(authorWord(value));
    return;
  }
  const day = DATE.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(day)) throw invalid(`${name}: needs a day, such as ${name}:2026-11-01`);
  if (name === 'before') search.until = Math.min(search.until, day);
  else search.since = Math.max(search.since, day + DAY_MS);
}

function addTerm(search: SearchTerms, text: string, star: boolean): void {
  const words = wordsOf(text);
  const [last, beforeLast] = tokenize(text).reverse();
  if (last === undefined) return;
  if (last.firstEnd !== undefined && last.end === last.firstEnd) {
    // The last character of a run of Chinese, Japanese or Thai: in a text others may follow it.
    if (beforeLast?.end === last.end) words.pop();
    else return void search.terms.push({ words, prefix: true });
  }
  search.terms.push({ words, prefix: (star || text.endsWith('*')) && !isDense(last.word) });
}

function invalid(why: string): ChatError {
  return new ChatError('invalid-query', `${why}.`);
}
