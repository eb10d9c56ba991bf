/**
 * Opens the turns of all hooks together: one request begins in each turn of the event loop, so posts
 * and streams in the same process go on beside a flood. What waits for a receiver has no turn, so dead
 * receivers delay nothing. Each hook has a few channels under way, so what waits here is bounded.
 */
export function openTurns(): () => Promise<void> {
  const waiting: (() => void)[] = [];

  function next(): void {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(next);
  }

  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(next);
    });
}
