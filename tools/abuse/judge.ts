import { percentile } from '../bench/load/percentile.ts';

/** What other clients notice: the duration of each post and of each delivery, in ms. */
export interface Noticed {
  posts: number[];
  deliveries: number[];
}

export interface Measured {
  quiet: Noticed;
  abused: Noticed;
  /** Resident memory before the abuse, and the most during it, in MB. */
  memory: { before: number; most: number };
}

/** Allowed p99 during abuse, in multiples of the quiet p99. */
const TIMES = 3;
/** Always allowed: below this a busy machine has more effect than the abuse. */
const FLOOR_MS = 150;

/** The p99 of durations, in whole ms. */
export function p99(times: readonly number[]): number {
  return Math.round(
    percentile(
      times.toSorted((a, b) => a - b),
      0.99,
    ),
  );
}

/**
 * Returns one line for each effect on others that is too large. `memoryMb` is the allowed growth of
 * memory.
 */
export function judge({ quiet, abused, memory }: Measured, memoryMb: number): string[] {
  const faults: string[] = [];
  for (const kind of ['posts', 'deliveries'] as const) {
    if (abused[kind].length === 0) faults.push(`no ${kind} of others came through`);
    const most = Math.max(FLOOR_MS, TIMES * p99(quiet[kind]));
    const was = p99(abused[kind]);
    if (was > most) faults.push(`${kind} of others: p99 ${was} ms, at most ${most} ms allowed`);
  }
  const more = Math.round(memory.most - memory.before);
  if (more > memoryMb) faults.push(`memory: ${more} MB more, at most ${memoryMb} MB allowed`);
  return faults;
}
