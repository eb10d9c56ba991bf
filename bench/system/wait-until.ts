import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until the answer is yes: true; or until `timeoutMs` have passed: false. */
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
