/** About 24 days: beyond, Node's timers run at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Does something when a token expires (milliseconds since 1970, UTC); the caller clears the timer. One
 * that lasts longer than a timer can run is looked at when its bearer comes back.
 */
export function atExpiry(
  expiresAt: number | undefined,
  work: () => void,
): NodeJS.Timeout | undefined {
  const ms = expiresAt === undefined ? LONGEST_TIMER_MS : expiresAt - Date.now();
  return ms < LONGEST_TIMER_MS ? setTimeout(work, ms) : undefined;
}
