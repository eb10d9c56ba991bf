import { TIMER_MAX_MS } from '../retry-timer.ts';

/** The share of a token's remaining life after which a tab with a stream renews it. */
const LEADER_SHARE = 0.5;

/** If no tab with a stream has renewed the token, the other tabs do, at random times. */
const OTHERS_SHARE = 0.75;
const OTHERS_SPREAD = 0.2;

/** A token that has ended is renewed after this time: a new one may be over, too, by this clock. */
const ENDED_MS = 1_000;

/**
 * Milliseconds from `now` until a token must be renewed; `leads` is true for a tab that holds a
 * stream.
 */
export function renewalDelayMs(
  expiresAt: string,
  { now, leads, random = Math.random }: { now: number; leads: boolean; random?: () => number },
): number {
  const leftMs = Date.parse(expiresAt) - now;
  if (leftMs <= 0) return ENDED_MS;
  const share = leads ? LEADER_SHARE : OTHERS_SHARE + OTHERS_SPREAD * random();
  return Math.min(leftMs * share, TIMER_MAX_MS);
}
