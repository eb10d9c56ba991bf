import { CHANNEL, countMissing, LoadProcesses, openAudience, settle } from '../../audience.ts';
import type { Bench } from '../../bench.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { startParley } from '../../system/parley.ts';

const FULL = { warmupMs: 3000, durationMs: 10_000 };
const QUICK = { warmupMs: 300, durationMs: 1500 };
const RATE_PER_SECOND = 200;
const READERS = 100;
const SETTLE_MS = 10_000;

/** Time from a post to its readers in everyday traffic. */
export async function latency(bench: Bench): Promise<Figure[]> {
  const size = bench.quick ? QUICK : FULL;
  await using parley = await startParley(bench);
  await using load = new LoadProcesses(bench.sandbox);
  const { readers, poster } = load;
  await openAudience(load, parley, { count: READERS, sampleEvery: 1 });
  const post = (durationMs: number) =>
    poster.postAtRate({
      target: parley.postTarget(CHANNEL),
      ratePerSecond: RATE_PER_SECOND,
      durationMs,
      connections: 32,
    });

  const before = await readers.progress();
  await settle(readers, await post(size.warmupMs), { before, timeoutMs: SETTLE_MS });
  await readers.takeLatency();
  const outcome = await post(size.durationMs);
  const end = await settle(readers, outcome, { before, timeoutMs: SETTLE_MS });
  const delivery = await readers.takeLatency();
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
