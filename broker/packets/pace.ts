import type { Pace } from './packet-gate.ts';

/** So many a second, of which those of one second may come at once; parts have no pace. */
export function openPace(perSecond: number, unbounded: () => boolean): Pace {
  const spacingMs = 1000 / perSecond;
  // When the last one was due, had they come evenly (the generic cell rate algorithm).
  let due = Number.NEGATIVE_INFINITY;
  return {
    next() {
      if (perSecond === 0 || unbounded()) return 0;
      const now = performance.now();
      const waitMs = Math.max(due, now) - now - 1000 + spacingMs;
      if (waitMs > 0) return Math.ceil(waitMs);
      due = Math.max(due, now) + spacingMs;
      return 0;
    },
  };
}
