import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats `check` until it returns true. Resolves with false when `timeoutMs` have passed. */
export async function waitUntil(
  check: () => boolean | Promise<boolean>,
  { timeoutMs, everyMs = 50 }: { timeoutMs: number; everyMs?: number },
): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > deadlineMs) return false;
    await sleep(everyMs);
  }
  return true;
}
