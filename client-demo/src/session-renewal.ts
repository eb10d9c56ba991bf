/** The part of a token's remaining life after which the tab that holds a stream renews it. */
const LEADER_SHARE = 0.5;

/** Where no such tab has renewed it, the others do, one before the other by chance. */
const OTHERS_SHARE = 0.75;
const OTHERS_SPREAD = 0.2;

/** `setTimeout` takes no more. */
const LONGEST_MS = 2 ** 31 - 1;

/** How long after `now` a token is to be renewed, in milliseconds; `leads` is for who holds a stream. */
export function renewalDelayMs(
  expiresAt: string,
  { now, leads, random = Math.random }: { now: number; leads: boolean; random?: () => number },
): number {
  const leftMs = Math.max(0, Date.parse(expiresAt) - now);
  const share = leads ? LEADER_SHARE : OTHERS_SHARE + OTHERS_SPREAD * random();
  return Math.min(leftMs * share, LONGEST_MS);
}
