import { type Bench, sidesOf } from '../../bench.ts';
import { compare, inTurns } from '../../compare.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { deliveryFaults, measureRun, type Run } from '../../measure-run.ts';

const FULL = { readers: 1000, warmupMs: 4000, durationMs: 15_000 };
const QUICK = { readers: 50, warmupMs: 500, durationMs: 1500 };
const RATE_PER_SECOND = 20;
const SETTLE_MS = 10_000;

/**
 * CPU time of one delivery without overload, compared with nchan. Runs of the two sides alternate.
 */
export async function fanout(bench: Bench): Promise<Figure[]> {
  const { readers, warmupMs, durationMs } = bench.quick ? QUICK : FULL;
  const runs = await inTurns({ sides: sidesOf(bench), repeats: bench.repeats }, async (sut) => {
    const run = await measureRun(bench.sandbox, sut, {
      readers,
      sampleEvery: 10,
      connections: 8,
      warmup: { ratePerSecond: RATE_PER_SECOND, durationMs: warmupMs },
      posts: { ratePerSecond: RATE_PER_SECOND, durationMs },
      settleMs: SETTLE_MS,
    });
    const costUs = cpuPerDeliveryUs(run).toFixed(2);
    const p99Ms = run.delivery.p99Ms.toFixed(1);
    bench.print(`${sut.name}: ${costUs} us of CPU per delivery, delivery p99 ${p99Ms} ms`);
    return run;
  });
  const faults = (runs.get('parley') ?? []).map((run) => deliveryFaults(run, readers));
  return [
    compare(runs, {
      name: 'CPU per delivery',
      unit: 'us',
      read: cpuPerDeliveryUs,
      target: { of: 'nchan', atMost: 1.25 },
    }),
    compare(runs, { name: 'delivery p50', unit: 'ms', read: (run) => run.delivery.p50Ms }),
    compare(runs, { name: 'delivery p99', unit: 'ms', read: (run) => run.delivery.p99Ms }),
    mustBeZero('deliveries missing', Math.max(...faults.map(({ missing }) => missing))),
    mustBeZero('deliveries repeated', Math.max(...faults.map(({ repeated }) => repeated))),
  ];
}

function cpuPerDeliveryUs({ cpuUs, deliveries }: Run): number {
  return cpuUs / deliveries;
}
