import { TIMER_MAX_MS } from '../retry-timer.ts';

/** The share of a token's remaining life after which a tab with a stream renews it. */
const LEADER_SHARE = 0.5;

/** If no tab with a stream has renewed the token, the other tabs do, at random times. */
const OTHERS_SHARE = 0.75;
const OTHERS_SPREAD = 0.2;

/**
 * Milliseconds from `now` until a token must be renewed; `leads` is true for a tab that holds a
 * stream.
 */
export function renewalDelayMs(
  expiresAt: string,
  { now, leads, random = Math.random }: { now: number; leads: boolean; random?: () => number },
): number {
  const leftMs = Math.max(0, Date.parse(expiresAt) - now);
  const share = leads ? LEADER_SHARE : OTHERS_SHARE + OTHERS_SPREAD * random();
  return Math.min(leftMs * share, TIMER_MAX_MS);
}
