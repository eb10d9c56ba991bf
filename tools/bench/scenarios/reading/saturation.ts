import { countMissing } from '../../audience.ts';
import { type Bench, sidesOf } from '../../bench.ts';
import { compare, inTurns, mostOf, type Runs } from '../../compare.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { measureRun, type Run } from '../../measure-run.ts';
import type { SystemUnderTest } from '../../system/system-under-test.ts';

/** Several rates, since a system that delivers everything offered has not reached its limit. */
const FULL = {
  readers: 1000,
  offersPerSecond: [300, 450, 600, 1000, 2000, 3000],
  durationMs: 10_000,
};
const QUICK = { readers: 50, offersPerSecond: [300], durationMs: 1500 };
const WARMUP = { ratePerSecond: 100, durationMs: 2000 };
const SETTLE_MS = 60_000;

/** Deliveries per second at rising rates of posts. */
export async function saturation(bench: Bench): Promise<Figure[]> {
  const { offersPerSecond } = bench.quick ? QUICK : FULL;
  const figures: Figure[] = [];
  const atOffers: Runs<Run>[] = [];
  for (const offer of offersPerSecond) {
    const runs = await inTurns({ sides: sidesOf(bench), repeats: 1 }, (sut) =>
      measure(bench, sut, offer),
    );
    atOffers.push(runs);
    figures.push(...offerFigures(runs, offer));
  }
  return [
    ...figures,
    mostDeliveries(atOffers),
    ...correctness(atOffers.flatMap((runs) => runs.get('parley') ?? [])),
  ];
}

async function measure(bench: Bench, sut: SystemUnderTest, offer: number): Promise<Run> {
  const { readers, durationMs } = bench.quick ? QUICK : FULL;
  const run = await measureRun(bench.sandbox, sut, {
    readers,
    sampleEvery: 10,
    connections: 32,
    warmup: WARMUP,
    posts: { ratePerSecond: offer, durationMs },
    settleMs: SETTLE_MS,
    endsWithPosts: sut.name !== 'parley',
  });
  const deliveries = Math.round(run.deliveriesPerSecond);
  bench.print(`${sut.name}: ${deliveries} deliveries/s of ${offer} posts/s`);
  return run;
}

function offerFigures(runs: Runs<Run>, offer: number): Figure[] {
  const figure = (name: string, unit: string, read: (run: Run) => number) =>
    compare(runs, { name: `${offer} posts/s: ${name}`, unit, read });
  return [
    figure('posts accepted', '', (run) => run.outcome.accepted),
    figure('deliveries', '/s', (run) => run.deliveriesPerSecond),
    figure('delivery p50', 'ms', (run) => run.delivery.p50Ms),
    figure('delivery p99', 'ms', (run) => run.delivery.p99Ms),
  ];
}

function mostDeliveries(atOffers: readonly Runs<Run>[]): Figure {
  const most = mostOf(atOffers, (run) => run.deliveriesPerSecond);
  return compare(most, {
    name: 'most deliveries at any offer',
    unit: '/s',
    read: (deliveriesPerSecond) => deliveriesPerSecond,
    target: { of: 'nchan', atLeast: 3 },
  });
}

function correctness(runs: readonly Run[]): Figure[] {
  const sum = (read: (run: Run) => number) => runs.reduce((total, run) => total + read(run), 0);
  const slowestDrainMs = Math.max(...runs.map(({ drainMs }) => drainMs));
  return [
    { name: 'until every reader had every event, slowest', value: slowestDrainMs, unit: 'ms' },
    { name: 'streams closed and resumed', value: sum(({ end }) => end.cutOff), unit: '' },
    mustBeZero(
      'events missing',
      sum(({ end, outcome }) => countMissing(end, outcome)),
    ),
    mustBeZero(
      'events repeated',
      sum(({ end }) => end.repeated),
    ),
  ];
}
