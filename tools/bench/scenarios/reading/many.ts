import { CHANNEL, LoadProcesses, openAudience, postFew, settle } from '../../audience.ts';
import type { Bench } from '../../bench.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { median } from '../../load/percentile.ts';
import { startParley } from '../../system/parley.ts';
import { treeCpuUs } from '../../system/proc-stat.ts';
import type { SystemUnderTest } from '../../system/system-under-test.ts';

const FULL = { readers: 1000, warmupMs: 4000, durationMs: 12_000 };
const QUICK = { readers: 50, warmupMs: 500, durationMs: 1500 };
const RATE_PER_SECOND = 20;
const SETTLE_MS = 10_000;
/** Channels of a stream. */
const OF_STREAM = 20;
/** Channels in all. The readers of `others` have 20 of them each. */
const IN_ALL = 60;

/** What the readers read: one channel, the same 20 channels, or 20 that differ from reader to reader. */
const SIDES = ['one', 'same', 'others'] as const;
type Side = (typeof SIDES)[number];

interface Run {
  cpuPerDeliveryUs: number;
  missing: number;
  repeated: number;
}

/**
 * CPU time of one delivery to readers of 20 channels, compared with readers of one. Each run posts to
 * a channel that all readers have. Runs of the sides alternate.
 */
export async function many(bench: Bench): Promise<Figure[]> {
  const runs: Record<Side, Run[]> = { one: [], same: [], others: [] };
  for (let repeat = 0; repeat < bench.repeats; repeat++) {
    for (const side of SIDES) {
      await using sut = await startParley(bench);
      const run = await measure(bench, sut, side);
      runs[side].push(run);
      bench.print(`${side}: ${run.cpuPerDeliveryUs.toFixed(2)} us of CPU per delivery`);
    }
  }
  return toFigures(runs);
}

async function measure(bench: Bench, sut: SystemUnderTest, side: Side): Promise<Run> {
  const size = bench.quick ? QUICK : FULL;
  await using load = new LoadProcesses(bench.sandbox);
  if (side === 'one') await openAudience(load, sut, { count: size.readers, sampleEvery: 0 });
  else await openMany(load, sut, { side, count: size.readers });
  const post = (durationMs: number) =>
    load.poster.postAtRate({
      target: sut.postTarget(CHANNEL),
      ratePerSecond: RATE_PER_SECOND,
      durationMs,
      connections: 8,
    });
  const start = await load.readers.progress();
  const warmup = await post(size.warmupMs);
  const before = await settle(
    load.readers,
    { ...warmup, lastSeq: 0 },
    { before: start, timeoutMs: SETTLE_MS },
  );
  const cpuBeforeUs = treeCpuUs(sut.pid);
  const outcome = await post(size.durationMs);
  const after = await settle(
    load.readers,
    { ...outcome, lastSeq: 0 },
    { before, timeoutMs: SETTLE_MS },
  );
  const cpuUs = treeCpuUs(sut.pid) - cpuBeforeUs;
  const deliveries = after.events - before.events;
  const expected = outcome.accepted * size.readers;
  return {
    cpuPerDeliveryUs: cpuUs / deliveries,
    missing: Math.max(0, expected - deliveries),
    repeated: Math.max(0, deliveries - expected),
  };
}

async function openMany(
  { readers, poster }: LoadProcesses,
  sut: SystemUnderTest,
  { side, count }: { side: Exclude<Side, 'one'>; count: number },
): Promise<void> {
  const names = Array.from({ length: IN_ALL }, (_, i) => `other-${i}`);
  for (const channel of [CHANNEL, ...names]) await postFew(poster, sut, { channel });
  const requests = Array.from({ length: side === 'same' ? 1 : count }, (_, reader) => {
    const others = names.map((_, i) => names[(i * (reader + 1) + reader) % IN_ALL] ?? '');
    const channels = [CHANNEL, ...new Set(others), ...names].slice(0, OF_STREAM);
    const query = [...new Set(channels)].map((name) => `channel=${name}`).join('&');
    return sut.streamRequest(CHANNEL).replace(`/broadcast/${CHANNEL}`, `/broadcast?${query}`);
  });
  await readers.open({
    port: sut.port,
    requests,
    count,
    sampleEvery: 0,
    concurrency: 50,
    timeoutMs: 60_000,
  });
}

function toFigures(runs: Record<Side, Run[]>): Figure[] {
  const middle = (side: Side) => median(runs[side].map((run) => run.cpuPerDeliveryUs));
  const figure = (side: Side, name: string): Figure => ({
    name,
    unit: 'us',
    value: middle(side),
    peers: { 'one channel': middle('one') },
    target: { of: 'one channel', atMost: 1.3 },
  });
  const all = SIDES.flatMap((side) => runs[side]);
  return [
    figure('same', 'CPU per delivery, the same 20 channels, beside one'),
    figure('others', 'CPU per delivery, 20 of 60 channels, beside one'),
    mustBeZero('deliveries missing', Math.max(...all.map((run) => run.missing))),
    mustBeZero('deliveries repeated', Math.max(...all.map((run) => run.repeated))),
  ];
}
