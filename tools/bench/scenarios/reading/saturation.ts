import { CHANNEL, countMissing, LoadProcesses, openAudience, settle } from '../../audience.ts';
import { type Bench, sidesOf } from '../../bench.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import type { PostOutcome } from '../../load/posting/poster-calls.ts';
import type { CrowdProgress } from '../../load/readers-calls.ts';
import type { SampleSummary } from '../../load/samples.ts';
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

interface Run {
  sut: SystemUnderTest['name'];
  offerPerSecond: number;
  deliveriesPerSecond: number;
  outcome: PostOutcome;
  latency: SampleSummary;
  drainMs: number;
  end: CrowdProgress;
}

/** Deliveries per second at rising rates of posts. */
export async function saturation(bench: Bench): Promise<Figure[]> {
  const { offersPerSecond } = bench.quick ? QUICK : FULL;
  const runs: Run[] = [];
  for (const offerPerSecond of offersPerSecond) {
    for (const startSide of sidesOf(bench)) {
      await using sut = await startSide();
      const run = await measure(bench, sut, offerPerSecond);
      runs.push(run);
      const deliveries = Math.round(run.deliveriesPerSecond);
      bench.print(`${sut.name}: ${deliveries} deliveries/s of ${offerPerSecond} posts/s`);
    }
  }
  return [
    ...offersPerSecond.flatMap((offer) => offerFigures(runs, offer)),
    mostDeliveries(runs),
    ...correctness(runs.filter(({ sut }) => sut === 'parley')),
  ];
}

async function measure(bench: Bench, sut: SystemUnderTest, offerPerSecond: number): Promise<Run> {
  const { readers: count, durationMs } = bench.quick ? QUICK : FULL;
  await using load = new LoadProcesses(bench.sandbox);
  const { readers, poster } = load;
  await openAudience(load, sut, { count, sampleEvery: 10 });
  const post = (rate: typeof WARMUP) =>
    poster.postAtRate({ target: sut.postTarget(CHANNEL), connections: 32, ...rate });

  const start = await readers.progress();
  const warmup = await post(WARMUP);
  const before = await settle(readers, warmup, { before: start, timeoutMs: SETTLE_MS });
  await readers.takeLatency();

  const startMs = performance.now();
  const outcome = await post({ ratePerSecond: offerPerSecond, durationMs });
  const atEnd = await readers.progress();
  const endMs = performance.now();
  const isParley = sut.name === 'parley';
  const end = isParley ? await settle(readers, outcome, { before, timeoutMs: SETTLE_MS }) : atEnd;
  return {
    sut: sut.name,
    offerPerSecond,
    deliveriesPerSecond: ((atEnd.events - before.events) / (endMs - startMs)) * 1e3,
    outcome,
    latency: await readers.takeLatency(),
    drainMs: performance.now() - endMs,
    end,
  };
}

function offerFigures(runs: readonly Run[], offer: number): Figure[] {
  const ofOffer = (name: Run['sut']) =>
    runs.find(({ sut, offerPerSecond }) => sut === name && offerPerSecond === offer);
  const parley = ofOffer('parley');
  const nchan = ofOffer('nchan');
  const figure = (name: string, unit: string, read: (run: Run) => number): Figure => ({
    name: `${offer} posts/s: ${name}`,
    unit,
    value: parley === undefined ? Number.NaN : read(parley),
    peer: nchan === undefined ? undefined : read(nchan),
  });
  return [
    figure('posts accepted', '', (run) => run.outcome.accepted),
    figure('deliveries', '/s', (run) => run.deliveriesPerSecond),
    figure('delivery p50', 'ms', (run) => run.latency.p50Ms),
    figure('delivery p99', 'ms', (run) => run.latency.p99Ms),
  ];
}

function mostDeliveries(runs: readonly Run[]): Figure {
  const most = (name: Run['sut']) =>
    Math.max(...runs.filter(({ sut }) => sut === name).map((run) => run.deliveriesPerSecond));
  return {
    name: 'most deliveries at any offer',
    value: most('parley'),
    unit: '/s',
    peer: runs.some(({ sut }) => sut === 'nchan') ? most('nchan') : undefined,
    target: { of: 'ratio', atLeast: 3 },
  };
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
