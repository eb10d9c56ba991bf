import type { TrimQuery } from './store.ts';

/** The seq up to which a channel's oldest events are no longer kept; 0 when all are kept. */
export function trimUpTo(
  oldest: { seq: number; at: number }[],
  head: number,
  { keepEvents, keepSince }: Pick<TrimQuery, 'keepEvents' | 'keepSince'>,
): number {
  let upTo = 0;
  for (const { seq, at } of oldest) {
    if (seq > head - keepEvents && at >= keepSince) break;
    upTo = seq;
  }
  return upTo;
}
