import { parseAccountName } from '@parley/contract/accounts/account.ts';
import { ChatError } from '@parley/contract/problem.ts';

/** Characters of a name to which a number is added. */
const BASE_MAX = 56;
const COUNTED_MAX = 9;
const RANDOM_TRIES = 5;
const RANDOM_BELOW = 1_000_000;
const FALLBACK = 'user';

/**
 * The names to try for the account of a person whom the provider describes by these texts, the best
 * first: the first text that can be a name (of an address the part before the "@"), then the same
 * with a number.
 */
export function* chooseNames(texts: readonly unknown[]): Generator<string> {
  const base = texts.map(fit).find((name) => name !== undefined) ?? FALLBACK;
  yield base;
  for (let i = 2; i <= COUNTED_MAX; i++) yield `${base}-${i}`;
  for (let i = 0; i < RANDOM_TRIES; i++)
    yield `${base}-${Math.floor(Math.random() * RANDOM_BELOW)}`;
}

function fit(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const [beforeAt = ''] = text.slice(0, 4 * BASE_MAX).split(/[@﹫＠]/u);
  const plain = beforeAt
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  try {
    return parseAccountName([...plain].slice(0, BASE_MAX).join(''));
  } catch (error) {
    if (error instanceof ChatError) return undefined;
    throw error;
  }
}
