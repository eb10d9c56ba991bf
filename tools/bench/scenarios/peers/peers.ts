import { countMissing } from '../../audience.ts';
import type { Bench } from '../../bench.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import type { Run } from '../../measure-run.ts';
import { deliveries } from './deliveries.ts';
import { memory } from './memory.ts';
import { posts } from './posts.ts';

/** Parley beside its peers in one run: speed, delay and memory of each, in turns. */
export async function peers(bench: Bench): Promise<Figure[]> {
  const seen: Run[] = [];
  return [
    ...(await deliveries({ bench, seen })),
    ...(await posts({ bench, seen })),
    ...(await memory(bench)),
    mustBeZero(
      'events missing',
      Math.max(...seen.map((run) => countMissing(run.end, run.outcome))),
    ),
    mustBeZero('events repeated', Math.max(...seen.map(({ end }) => end.repeated))),
    ...(bench.centrifugo === undefined ? [notMeasured('PEER_CENTRIFUGO')] : []),
  ];
}

function notMeasured(variable: string): Figure {
  return { name: `not measured, since ${variable} is not set`, value: Number.NaN, unit: '' };
}
