import { setTimeout as delay } from 'node:timers/promises';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 100;

/**
 * Resolves once the condition is true; rejects with `what` if that takes too long. Asks less often
 * the longer it waits, so that waiting leaves the processor to the awaited work.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 20_000,
): Promise<void> {
  const began = Date.now();
  while (!(await condition())) {
    const waitedMs = Date.now() - began;
    if (waitedMs > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await delay(Math.min(FIRST_PAUSE_MS + waitedMs / 10, LONGEST_PAUSE_MS));
  }
}
