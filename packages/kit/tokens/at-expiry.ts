/** About 24 days; Node's timers run at once when they are set for longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `work` when a token expires (milliseconds since 1970, UTC), soon when it has expired; the
 * caller clears the timer. A token that lasts longer than a timer can run gets no timer and is
 * checked at its bearer's next request.
 */
export function atExpiry(
  expiresAt: number | undefined,
  work: () => void,
): NodeJS.Timeout | undefined {
  const ms = expiresAt === undefined ? LONGEST_TIMER_MS : expiresAt - Date.now();
  return ms < LONGEST_TIMER_MS ? setTimeout(work, Math.max(ms, 0)) : undefined;
}
