import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** Counts one action of a key. Resolves with the seconds to wait when the key is above its rate. */
export type Rate = (key: string) => Promise<number | undefined>;

const MINUTE_SECONDS = 60;
/** Keys that are counted one by one in a period. */
const KEYS_MAX = 100_000;
/** The key of all beyond; no address or account is named so. */
const REST = ' ';

/**
 * Allows each key `times` actions in a period (a minute), which begins with the first. Undefined for
 * 0, no limit. The 100,001st key of a period and those after it share one count.
 */
export function openRate(
  times: number,
  { seconds = MINUTE_SECONDS, keysMax = KEYS_MAX } = {},
): Rate | undefined {
  if (times === 0) return undefined;
  const limiter = new RateLimiterMemory({ points: times, duration: seconds });
  const known = openKnownKeys(seconds, keysMax);
  return (key) => limiter.consume(known(key) ? key : REST).then(() => undefined, secondsOf);
}

/** Counts failures of a key. */
export interface FailureRate {
  /** Resolves with the seconds to wait when the key has failed too often. */
  wait(key: string): Promise<number | undefined>;
  count(key: string): Promise<void>;
}

/**
 * Allows each key `times` failures in a minute, which begins with the first. A failing key beyond the
 * 100,000 of a minute is not counted: a shared count would refuse keys that have not failed.
 */
export function openFailureRate(times: number): FailureRate {
  const limiter = new RateLimiterMemory({ points: times, duration: MINUTE_SECONDS });
  const known = openKnownKeys(MINUTE_SECONDS, KEYS_MAX);
  return {
    async wait(key) {
      const failures = await limiter.get(key);
      return failures && failures.consumedPoints >= times ? secondsOf(failures) : undefined;
    },
    async count(key) {
      if (known(key)) await limiter.penalty(key);
    },
  };
}

function secondsOf({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1000));
}

/** Says which keys have a count of their own: the first `max` of each period. */
function openKnownKeys(seconds: number, max: number): (key: string) => boolean {
  const keys = new Set<string>();
  let since = performance.now();
  return (key) => {
    const now = performance.now();
    if (now - since > seconds * 1_000) {
      keys.clear();
      since = now;
    }
    if (keys.size < max) keys.add(key);
    return keys.has(key);
  };
}
