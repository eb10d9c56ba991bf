import { countMissing } from '../../audience.ts';
import type { Bench } from '../../bench.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { measureRun } from '../../measure-run.ts';
import { startParley } from '../../system/parley.ts';

const FULL = { warmupMs: 3000, durationMs: 10_000 };
const QUICK = { warmupMs: 300, durationMs: 1500 };
const RATE_PER_SECOND = 200;

/** Time from a post to its readers in everyday traffic. */
export async function latency(bench: Bench): Promise<Figure[]> {
  const { warmupMs, durationMs } = bench.quick ? QUICK : FULL;
  await using parley = await startParley(bench);
  const { outcome, delivery, end } = await measureRun(bench.sandbox, parley, {
    readers: 100,
    sampleEvery: 1,
    connections: 32,
    warmup: { ratePerSecond: RATE_PER_SECOND, durationMs: warmupMs },
    posts: { ratePerSecond: RATE_PER_SECOND, durationMs },
    settleMs: 10_000,
  });
  return [
    { name: 'delivery p50', value: delivery.p50Ms, unit: 'ms', target: { of: 'value', atMost: 5 } },
    {
      name: 'delivery p99',
      value: delivery.p99Ms,
      unit: 'ms',
      target: { of: 'value', atMost: 25 },
    },
    { name: 'delivery max', value: delivery.maxMs, unit: 'ms' },
    { name: 'post p50', value: outcome.latency.p50Ms, unit: 'ms' },
    { name: 'post p99', value: outcome.latency.p99Ms, unit: 'ms' },
    mustBeZero('posts not accepted', outcome.offered - outcome.accepted),
    mustBeZero('events missing', countMissing(end, outcome)),
    mustBeZero('events repeated', end.repeated),
  ];
}
