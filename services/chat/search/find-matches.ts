import type { Term } from './query.ts';
import { isDense, type Token, tokenize } from './tokens.ts';

/** A matching part of a text, in UTF-16 code units. */
export interface Match {
  start: number;
  end: number;
}

/** Parts of one text that are marked at most. */
const MATCHES_MAX = 100;

/**
 * The parts of a text that match, in order and without overlap; undefined when a term is not in the
 * text.
 */
export function findMatches(text: string, terms: Term[]): Match[] | undefined {
  const tokens = tokenize(text);
  const found: Match[] = [];
  for (const term of terms) {
    const before = found.length;
    for (let at = 0; at + term.words.length <= tokens.length; at++) {
      if (holdsAt(tokens, at, term)) found.push(matchAt(tokens, at, term));
    }
    if (found.length === before) return undefined;
  }
  return joined(found).slice(0, MATCHES_MAX);
}

function holdsAt(tokens: Token[], at: number, { words, prefix }: Term): boolean {
  const last = words.length - 1;
  return words.every((word, index) => {
    const { word: there = '' } = tokens[at + index] ?? {};
    return prefix && index === last ? there.startsWith(word) : there === word;
  });
}

function matchAt(tokens: Token[], at: number, { words, prefix }: Term): Match {
  const first = tokens[at];
  const last = tokens[at + words.length - 1];
  const oneCharacter = prefix && isDense(words.at(-1) ?? '');
  const end = (oneCharacter ? last?.firstEnd : undefined) ?? last?.end ?? 0;
  return { start: first?.start ?? 0, end };
}

function joined(matches: Match[]): Match[] {
  const rising = matches.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const result: Match[] = [];
  for (const match of rising) {
    const last = result.at(-1);
    if (last && match.start < last.end) last.end = Math.max(last.end, match.end);
    else result.push({ ...match });
  }
  return result;
}
