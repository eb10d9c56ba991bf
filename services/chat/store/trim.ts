import type { TrimQuery } from './store.ts';

/** The seq up to which the oldest events of a channel may go; 0 where none may. */
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
