/** Waits; ends early when `signal` aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

/** The pause before attempt `attempt` (1, 2, 3 …): doubles from `minMs`, and half of it is random. */
export function backoffMs(
  attempt: number,
  { minMs, maxMs }: { minMs: number; maxMs: number },
): number {
  const ms = Math.min(maxMs, minMs * 2 ** (attempt - 1));
  return ms * (0.5 + Math.random() / 2);
}
