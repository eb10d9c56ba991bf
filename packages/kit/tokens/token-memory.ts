import type { Claims } from '@parley/contract/accounts/claims.ts';
import type { Verify } from './verifier.ts';

/**
 * How long a token is accepted without verifying it again, so that a withdrawn key is soon refused.
 */
const REMEMBERED_MS = 5_000;
const REMEMBERED_MAX = 5_000;

interface Remembered {
  claims: Claims;
  until: number;
}

/**
 * Verifies each token once in a few seconds and not with every request that shows it: checking a
 * signature costs more than storing a message. Only valid tokens are remembered, and only until
 * they expire.
 */
export function rememberTokens(verify: Verify, clock: () => number = Date.now): Verify {
  const remembered = new Map<string, Remembered>();
  return async (token) => {
    const known = remembered.get(token);
    if (known && clock() < known.until) return known.claims;
    remembered.delete(token);
    const claims = await verify(token);
    remembered.set(token, {
      claims,
      until: Math.min(claims.exp * 1000, clock() + REMEMBERED_MS),
    });
    if (remembered.size > REMEMBERED_MAX) forgetOldest(remembered);
    return claims;
  };
}

function forgetOldest(remembered: Map<string, Remembered>): void {
  const [oldest] = remembered.keys();
  if (oldest !== undefined) remembered.delete(oldest);
}
