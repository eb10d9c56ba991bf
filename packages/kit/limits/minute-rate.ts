import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** Counts something that a key does; resolves with the seconds to wait where it is too much. */
export type MinuteRate = (key: string) => Promise<number | undefined>;

const MINUTE_SECONDS = 60;

/** Lets each key do something so many times in a minute, which begins with the first; undefined where 0 sets no limit. */
export function openMinuteRate(times: number): MinuteRate | undefined {
  if (times === 0) return undefined;
  const limiter = new RateLimiterMemory({ points: times, duration: MINUTE_SECONDS });
  return (key) =>
    limiter.consume(key).then(
      () => undefined,
      ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1000)),
    );
}
