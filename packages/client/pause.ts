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

/** The bounds of the pauses between attempts, in milliseconds. */
export interface RetryBounds {
  minMs: number;
  maxMs: number;
}

/**
 * The pause after failed attempt `attempt` (1, 2, 3 …), in milliseconds: doubles from `minMs` up to
 * `maxMs`. Its upper half is random, so that clients that lost the server together do not return
 * together.
 */
export function backoffMs(attempt: number, { minMs, maxMs }: RetryBounds): number {
  const ms = Math.min(maxMs, minMs * 2 ** (attempt - 1));
  return ms * (0.5 + Math.random() / 2);
}
