import { ChatError } from '@parley/contract/problem.ts';

/**
 * Reads a whole number from a query parameter; `fallback` when the parameter is absent.
 * @throws ChatError `invalid-query`
 */
export function parseCount(
  name: string,
  value: unknown,
  {
    fallback,
    min = 0,
    max = Number.MAX_SAFE_INTEGER,
  }: { fallback: number; min?: number; max?: number },
): number {
  if (value === undefined) return fallback;
  const count = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (count >= min && count <= max) return count;
  throw new ChatError('invalid-query', `${name} must be a whole number from ${min} to ${max}.`);
}

/**
 * Reads a text from a query parameter that is given once and holds no NUL, which not every store
 * can keep.
 * @throws ChatError `invalid-query`
 */
export function parseText(name: string, value: unknown): string {
  if (typeof value === 'string' && !value.includes('\0')) return value;
  throw new ChatError('invalid-query', `${name} must be given once and must not contain NUL.`);
}

/**
 * True when an option of a query has its one value, false when it is absent.
 * @throws ChatError `invalid-query`
 */
export function parseOption(name: string, value: unknown, only: string): boolean {
  if (value === undefined || value === only) return value === only;
  throw new ChatError('invalid-query', `${name} may only be "${only}", or absent.`);
}

/** Checks that the percent-encoding of a query is UTF-8. @throws ChatError `invalid-encoding` */
export function checkQuery(query: string): void {
  try {
    decodeURIComponent(query);
  } catch {
    throw new ChatError('invalid-encoding', 'The query holds percent-encoding that is not UTF-8.');
  }
}

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;

/** The `limit` of a page: 1 to 1,000, and 100 where absent. @throws ChatError `invalid-query` */
export function parseLimit(value: unknown): number {
  return parseCount('limit', value, { fallback: LIMIT_DEFAULT, min: 1, max: LIMIT_MAX });
}
