import { LoadProcesses, openAudience, settle } from '../../audience.ts';
import { type Bench, sidesOf } from '../../bench.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { median } from '../../load/percentile.ts';
import type { SampleSummary } from '../../load/samples.ts';
import { treeCpuUs } from '../../system/proc-stat.ts';
import type { SystemUnderTest } from '../../system/system-under-test.ts';

const FULL = { readers: 1000, warmupMs: 4000, durationMs: 15_000 };
const QUICK = { readers: 50, warmupMs: 500, durationMs: 1500 };
const RATE_PER_SECOND = 20;
const SETTLE_MS = 10_000;

interface Run {
  cpuPerDeliveryUs: number;
  latency: SampleSummary;
  /** Expected deliveries that were not made. */
  missing: number;
  /** Deliveries that were made twice. */
  repeated: number;
}

/**
 * CPU time of one delivery without overload, compared with nchan. Runs of the two sides alternate.
 */
export async function fanout(bench: Bench): Promise<Figure[]> {
  const runs: Record<SystemUnderTest['name'], Run[]> = { parley: [], nchan: [] };
  for (let repeat = 0; repeat < bench.repeats; repeat++) {
    for (const startSide of sidesOf(bench)) {
      await using sut = await startSide();
      const run = await measure(bench, sut);
      runs[sut.name].push(run);
      const costUs = run.cpuPerDeliveryUs.toFixed(2);
      const p99Ms = run.latency.p99Ms.toFixed(1);
      bench.print(`${sut.name}: ${costUs} us of CPU per delivery, delivery p99 ${p99Ms} ms`);
    }
  }
  return toFigures(runs.parley, runs.nchan);
}

async function measure(bench: Bench, sut: SystemUnderTest): Promise<Run> {
  const size = bench.quick ? QUICK : FULL;
  await using load = new LoadProcesses(bench.sandbox);
  await openAudience(load, sut, { count: size.readers, sampleEvery: 10 });
  const post = (durationMs: number) =>
    load.poster.postAtRate({
      target: sut.postTarget('bench'),
      ratePerSecond: RATE_PER_SECOND,
      durationMs,
      connections: 8,
    });

  const start = await load.readers.progress();
  const warmup = await post(size.warmupMs);
  const before = await settle(load.readers, warmup, { before: start, timeoutMs: SETTLE_MS });
  await load.readers.takeLatency();

  const cpuBeforeUs = treeCpuUs(sut.pid);
  const outcome = await post(size.durationMs);
  const after = await settle(load.readers, outcome, { before, timeoutMs: SETTLE_MS });
  const cpuUs = treeCpuUs(sut.pid) - cpuBeforeUs;
  const deliveries = after.events - before.events;
  const expected = outcome.accepted * size.readers;
  return {
    cpuPerDeliveryUs: cpuUs / deliveries,
    latency: await load.readers.takeLatency(),
    missing: Math.max(0, expected - deliveries),
    repeated: Math.max(0, deliveries - expected) + after.repeated,
  };
}

function toFigures(parley: readonly Run[], nchan: readonly Run[]): Figure[] {
  const compared = nchan.length > 0;
  const middle = (runs: readonly Run[], read: (run: Run) => number) => median(runs.map(read));
  const figure = (name: string, unit: string, read: (run: Run) => number): Figure => ({
    name,
    unit,
    value: middle(parley, read),
    peer: compared ? middle(nchan, read) : undefined,
  });
  const ratios = nchan.map(
    (run, index) => (parley[index]?.cpuPerDeliveryUs ?? 0) / run.cpuPerDeliveryUs,
  );
  const cost = figure('CPU per delivery', 'us', (run) => run.cpuPerDeliveryUs);
  return [
    {
      ...cost,
      ratio: compared ? median(ratios) : undefined,
      target: { of: 'ratio', atMost: 1.25 },
    },
    figure('delivery p50', 'ms', (run) => run.latency.p50Ms),
    figure('delivery p99', 'ms', (run) => run.latency.p99Ms),
    mustBeZero('deliveries missing', Math.max(...parley.map((run) => run.missing))),
    mustBeZero('deliveries repeated', Math.max(...parley.map((run) => run.repeated))),
  ];
}
