import type { HookPosition } from '../store/store.ts';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 3_600_000;
/** So that channels that failed together are not tried together. */
const SPREAD = 0.2;

export interface Failed {
  /** The position before the event that failed. */
  position: HookPosition;
  /** When the event was stored, in milliseconds since 1970 (UTC), as `now`. */
  storedAt: number;
  now: number;
  retryAfterMs: number;
  /** For how long an event is tried. */
  retryMs: number;
  /** From 0 to 1. */
  random: number;
}

/**
 * When the next event of a position may be tried, at the earliest. A time beyond the longest wait was
 * written before the clock was set back: then the event may be tried now.
 */
export function triedFrom({ retryAt }: HookPosition, now: number): number {
  return retryAt > now + LONGEST_WAIT_MS ? now : retryAt;
}

/**
 * When an event that failed is tried again: after a second at first, and then after waits that grow
 * with the time that the channel fails, up to an hour, or after what the receiver asks for, up to an
 * hour. Undefined: it is set aside, because the channel has failed for the whole time since the event
 * was stored, or longer, and that is `retryMs`. So an event that waited behind another is set aside
 * `retryMs` after it was stored, and not after as long again.
 */
export function nextTry(failed: Failed): number | undefined {
  const { position, storedAt, now, retryAfterMs, retryMs, random } = failed;
  const since = Math.min(position.since || now, now);
  const end = Math.max(since, storedAt) + retryMs;
  if (now >= end) return undefined;
  const grown = Math.max(FIRST_WAIT_MS, now - since) * (1 + SPREAD * random);
  const wait = Math.min(LONGEST_WAIT_MS, Math.max(grown, retryAfterMs));
  return Math.min(now + Math.round(wait), end);
}
