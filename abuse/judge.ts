import { percentile } from '../bench/load/percentile.ts';

/** What others notice: how long each of their posts, and each delivery, took, in ms. */
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

/** How many times as long as when it is quiet. */
const TIMES = 3;
/** Below it a busy machine makes more of a difference than any abuse. */
const FLOOR_MS = 150;

/** p99 of some times, in whole ms. */
export function p99(times: readonly number[]): number {
  return Math.round(
    percentile(
      times.toSorted((a, b) => a - b),
      0.99,
    ),
  );
}

/** What others noticed that they must not; a line each. `memoryMb` is how much more may be kept. */
export function judge({ quiet, abused, memory }: Measured, memoryMb: number): string[] {
  const faults: string[] = [];
  for (const kind of ['posts', 'deliveries'] as const) {
    if (abused[kind].length === 0) faults.push(`no ${kind} of others came through`);
    const most = Math.max(FLOOR_MS, TIMES * p99(quiet[kind]));
    const was = p99(abused[kind]);
    if (was > most) faults.push(`${kind} of others: p99 ${was} ms, may be ${most} ms`);
  }
  const more = Math.round(memory.most - memory.before);
  if (more > memoryMb) faults.push(`memory: ${more} MB more, may be ${memoryMb} MB`);
  return faults;
}
