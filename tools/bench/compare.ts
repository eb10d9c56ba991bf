import type { Figure } from './figure.ts';
import { median } from './load/percentile.ts';
import type { SystemName, SystemUnderTest } from './system/system-under-test.ts';

/** Starts a compared system. */
export type Side = () => Promise<SystemUnderTest>;

/** The runs of each system, in the order in which they were made. */
export type Runs<Run> = Map<SystemName, Run[]>;

/** Measures each side `repeats` times, in turns. Each run has a newly started system. */
export async function inTurns<Run>(
  { sides, repeats }: { sides: readonly Side[]; repeats: number },
  measure: (sut: SystemUnderTest) => Promise<Run>,
): Promise<Runs<Run>> {
  const runs: Runs<Run> = new Map();
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const startSide of sides) {
      await using sut = await startSide();
      const run = await measure(sut);
      runs.set(sut.name, [...(runs.get(sut.name) ?? []), run]);
    }
  }
  return runs;
}

/** What to show of runs: medians of `read`. */
export interface View<Run> extends Pick<Figure, 'name' | 'unit' | 'target'> {
  read(run: Run): number;
}

/**
 * A figure of Parley beside those of its peers. The ratio to the target's peer is the median over
 * pairs of runs that followed each other.
 */
export function compare<Run>(runs: Runs<Run>, { name, unit, target, read }: View<Run>): Figure {
  const valuesOf = (system: SystemName) => (runs.get(system) ?? []).map(read);
  const own = valuesOf('parley');
  const peers: Figure['peers'] = {};
  for (const system of runs.keys()) {
    if (system !== 'parley') peers[system] = median(valuesOf(system));
  }
  const figure = { name, unit, target, value: median(own), peers };
  if (target === undefined || target.of === 'value' || target.of === 'one channel') return figure;
  const ratios = valuesOf(target.of).map((theirs, i) => (own[i] ?? Number.NaN) / theirs);
  return { ...figure, ratio: median(ratios) };
}

/** For each system and each of its runs, the largest number among several groups of runs. */
export function mostOf<Run>(
  groups: readonly Runs<Run>[],
  read: (run: Run) => number,
): Runs<number> {
  const most: Runs<number> = new Map();
  for (const runs of groups) {
    for (const [system, made] of runs) {
      const before = most.get(system) ?? [];
      const larger = made.map((run, i) => Math.max(read(run), before[i] ?? read(run)));
      most.set(system, larger);
    }
  }
  return most;
}
