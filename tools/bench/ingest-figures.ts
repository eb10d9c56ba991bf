import { countMissing } from './audience.ts';
import type { Bench } from './bench.ts';
import { type Figure, mustBeZero } from './figure.ts';
import { measureRun, postsPerSecond } from './measure-run.ts';
import { isMemoryFolder, measureFsyncRate } from './system/fsync-rate.ts';
import { startEcho } from './system/peers/echo.ts';
import type { LoadTarget } from './system/system-under-test.ts';

const FULL = { warmupMs: 2000, durationMs: 10_000 };
const QUICK = { warmupMs: 300, durationMs: 1500 };
const READERS = 10;
const SETTLE_MS = 60_000;
const FSYNC_PROBE_MS = 1000;

/** The system that stores the posts, the load, and the expected rate. */
export interface IngestPlan {
  sut: LoadTarget & { dataDir: string };
  connections: number;
  atLeastPerSecond: number;
  /** What `measureEcho` returned for the same connections, to compare. */
  echoPerSecond?: number;
}

/** Posts/s of a bare Node server (echo-server.ts) under the same load, without readers. */
export async function measureEcho(bench: Bench, connections: number): Promise<number> {
  await using echo = await startEcho(bench.sandbox);
  const { warmupMs, durationMs } = bench.quick ? QUICK : FULL;
  return postsPerSecond(
    await measureRun(bench.sandbox, echo, {
      readers: 0,
      sampleEvery: 0,
      connections,
      warmup: { durationMs: warmupMs },
      posts: { durationMs },
      settleMs: SETTLE_MS,
    }),
  );
}

/** Measures stored posts per second and delivery time while clients post without a pause. */
export async function measureIngest(
  bench: Bench,
  { sut, connections, atLeastPerSecond, echoPerSecond }: IngestPlan,
): Promise<Figure[]> {
  const { warmupMs, durationMs } = bench.quick ? QUICK : FULL;
  const run = await measureRun(bench.sandbox, sut, {
    readers: READERS,
    sampleEvery: 1,
    connections,
    warmup: { durationMs: warmupMs },
    posts: { durationMs },
    settleMs: SETTLE_MS,
  });
  const { head, warmup, outcome, delivery, drainMs, end } = run;
  const acknowledged = warmup.accepted + outcome.accepted;
  const stored = outcome.lastSeq - head.seq;
  return [
    {
      name: 'posts stored',
      value: postsPerSecond(run),
      unit: '/s',
      target: { of: 'value', atLeast: atLeastPerSecond },
      peers: echoPerSecond === undefined ? {} : { echo: echoPerSecond },
    },
    { name: 'post p50', value: outcome.latency.p50Ms, unit: 'ms' },
    { name: 'post p99', value: outcome.latency.p99Ms, unit: 'ms' },
    { name: 'posts refused', value: outcome.refused, unit: '' },
    { name: 'delivery p50', value: delivery.p50Ms, unit: 'ms' },
    {
      name: 'delivery p99',
      value: delivery.p99Ms,
      unit: 'ms',
      target: { of: 'value', atMost: 500 },
    },
    { name: 'until every reader had every event', value: drainMs, unit: 'ms' },
    { name: 'streams closed and resumed', value: end.cutOff, unit: '' },
    mustBeZero('events missing', countMissing(end, outcome)),
    mustBeZero('events repeated', end.repeated),
    mustBeZero('posts without an answer', warmup.broken + outcome.broken),
    mustBeZero('difference of stored and acknowledged', Math.abs(stored - acknowledged)),
    fsyncFigure(sut.dataDir),
  ];
}

function fsyncFigure(dir: string): Figure {
  const where = isMemoryFolder(dir) ? 'memory folder' : 'disk';
  return {
    name: `${where}: 4 KB made durable`,
    value: measureFsyncRate(dir, FSYNC_PROBE_MS),
    unit: '/s',
  };
}
