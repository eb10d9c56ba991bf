/** The bounds of a wait before the next attempt, in milliseconds. */
export interface RetryBounds {
  minMs: number;
  maxMs: number;
}

/**
 * How long to wait after failed attempt number `attempt` (0 is the first), in milliseconds: it
 * doubles up to `maxMs`, and the upper half of it is left to chance, so that clients that lost the
 * server together do not come back together.
 */
export function retryDelayMs(
  attempt: number,
  { minMs, maxMs }: RetryBounds,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** (attempt + 1));
  return (ceiling / 2) * (1 + random());
}
