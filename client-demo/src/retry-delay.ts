/** The bounds of the wait before the next attempt, in milliseconds. */
export interface RetryBounds {
  minMs: number;
  maxMs: number;
}

/**
 * The wait after failed attempt number `attempt` (0 is the first), in milliseconds. It doubles up
 * to `maxMs`. Its upper half is random, so that clients that lost the server together do not return
 * together.
 */
export function retryDelayMs(
  attempt: number,
  { minMs, maxMs }: RetryBounds,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** (attempt + 1));
  return (ceiling / 2) * (1 + random());
}
