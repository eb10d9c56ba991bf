import { join } from 'node:path';
import { metric } from '@parley/testkit/metric.ts';
import { CHANNEL, countMissing, LoadProcesses, openAudience, settle } from '../../audience.ts';
import type { Bench } from '../../bench.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { median } from '../../load/percentile.ts';
import type { PostOutcome } from '../../load/posting/poster-calls.ts';
import type { CrowdProgress } from '../../load/readers-calls.ts';
import type { SampleSummary } from '../../load/samples.ts';
import { type Parley, startParley } from '../../system/parley.ts';
import { peakRssBytes, resetPeakRss, treeRssBytes } from '../../system/proc-stat.ts';
import { waitUntil } from '../../system/wait-until.ts';

/**
 * `durationMs` is long enough for the server to close frozen readers: by time in FULL, by unsent
 * bytes in QUICK.
 */
const FULL = { readers: 950, frozen: 50, postsPerSecond: 75, durationMs: 10_000, repeats: 3 };
const QUICK = { readers: 45, frozen: 5, postsPerSecond: 600, durationMs: 2500, repeats: 1 };
const WARMUP_MS = 2000;
const MESSAGE_PADDING = '.'.repeat(960);
const FROZEN_READERS = join(import.meta.dirname, '..', '..', 'load', 'frozen-readers.pl');
const OPEN_MS = 10_000;
const CUT_MS = 20_000;
const SETTLE_MS = 60_000;
const CUT_LIMIT_MS = 10_000;
/** Rare enough that the requests for metrics do not delay the measured deliveries. */
const CUT_POLL_MS = 250;
const CUT_COUNTS = /^parley_streams_closed_total\{reason="(?:slow|stalled)"\} (\d+)$/gm;
const MB = 1e6;

interface Run {
  alone: SampleSummary;
  withFrozen: SampleSummary;
  cutMs: number;
  notCut: number;
  grownBytes: number;
  missing: number;
  notAccepted: number;
  end: CrowdProgress;
}

/**
 * How much readers that never read slow down the other readers, and how soon the server closes
 * them.
 */
export async function frozen(bench: Bench): Promise<Figure[]> {
  const size = bench.quick ? QUICK : FULL;
  await using parley = await startParley(bench);
  await using load = new LoadProcesses(bench.sandbox);
  await openAudience(load, parley, { count: size.readers, sampleEvery: 10 });
  await post(load, parley, { ...size, durationMs: WARMUP_MS });
  const runs: Run[] = [];
  for (let repeat = 0; repeat < size.repeats; repeat++) {
    const run = await measure(bench, { parley, load, size });
    runs.push(run);
    const [alone, withFrozen] = [run.alone.p99Ms, run.withFrozen.p99Ms];
    bench.print(
      `delivery p99 ${alone.toFixed(1)} ms without frozen readers, ${withFrozen.toFixed(1)} ms with`,
    );
  }
  return toFigures(runs);
}

interface Scene {
  parley: Parley;
  load: LoadProcesses;
  size: typeof FULL;
}

async function measure(bench: Bench, { parley, load, size }: Scene): Promise<Run> {
  const alone = await post(load, parley, size);
  const beforeBytes = treeRssBytes(parley.pid);
  resetPeakRss(parley.pid);
  const cutBefore = await cutCount(parley);
  const stop = await openFrozen(bench, parley, size);
  const frozenMs = performance.now();
  const posting = post(load, parley, size);
  const isCut = async () => (await cutCount(parley)) - cutBefore >= size.frozen;
  await waitUntil(isCut, { timeoutMs: CUT_MS, everyMs: CUT_POLL_MS });
  const cutMs = performance.now() - frozenMs;
  const withFrozen = await posting;
  await stop();
  return {
    alone: alone.latency,
    withFrozen: withFrozen.latency,
    cutMs,
    notCut: size.frozen - ((await cutCount(parley)) - cutBefore),
    grownBytes: peakRssBytes(parley.pid) - beforeBytes,
    missing: alone.missing + withFrozen.missing,
    notAccepted: alone.notAccepted + withFrozen.notAccepted,
    end: await load.readers.progress(),
  };
}

/** Posts messages of 1 KB at the rate. Returns how soon the readers had them. */
async function post(
  { readers, poster }: LoadProcesses,
  parley: Parley,
  { postsPerSecond, durationMs }: Pick<typeof FULL, 'postsPerSecond' | 'durationMs'>,
) {
  const { suffix, ...target } = parley.postTarget(CHANNEL);
  const before = await readers.progress();
  const outcome: PostOutcome = await poster.postAtRate({
    target: { ...target, suffix: MESSAGE_PADDING + suffix },
    ratePerSecond: postsPerSecond,
    durationMs,
    connections: 16,
  });
  const end = await settle(readers, outcome, { before, timeoutMs: SETTLE_MS });
  return {
    latency: await readers.takeLatency(),
    missing: countMissing(end, outcome),
    notAccepted: outcome.offered - outcome.accepted,
  };
}

/** Opens readers that never read. Returns a function that ends them. */
async function openFrozen(
  { sandbox }: Bench,
  parley: Parley,
  { frozen: count, readers }: typeof FULL,
): Promise<() => Promise<void>> {
  const { port, dataDir } = parley;
  const child = sandbox.spawn({
    command: 'perl',
    args: [FROZEN_READERS, String(port), String(count), `${parley.streamRequest(CHANNEL)}\r\n`],
    cwd: dataDir,
    env: {},
    logFile: join(dataDir, 'frozen.log'),
  });
  const url = `http://127.0.0.1:${port}`;
  const areOpen = async () => (await metric(url, 'parley_streams_open')) >= readers + count;
  if (await waitUntil(areOpen, { timeoutMs: OPEN_MS })) return () => sandbox.stop(child, 'kill');
  throw new Error('the frozen readers could not connect');
}

/** How many streams the server has closed so far because their readers were too slow. */
async function cutCount({ port }: Parley): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return text.matchAll(CUT_COUNTS).reduce((sum, [, count]) => sum + Number(count), 0);
}

function toFigures(runs: readonly Run[]): Figure[] {
  const middle = (read: (run: Run) => number) => median(runs.map(read));
  const most = (read: (run: Run) => number) => Math.max(...runs.map(read));
  return [
    {
      name: 'delivery p50 without frozen readers',
      value: middle((run) => run.alone.p50Ms),
      unit: 'ms',
    },
    {
      name: 'delivery p50 with frozen readers',
      value: middle((run) => run.withFrozen.p50Ms),
      unit: 'ms',
    },
    {
      name: 'delivery p99 without frozen readers',
      value: middle((run) => run.alone.p99Ms),
      unit: 'ms',
    },
    {
      name: 'delivery p99 with frozen readers',
      value: middle((run) => run.withFrozen.p99Ms),
      unit: 'ms',
    },
    {
      name: 'delivery p99 with / without',
      value: middle((run) => run.withFrozen.p99Ms) / middle((run) => run.alone.p99Ms),
      unit: 'times',
      target: { of: 'value', atMost: 2 },
    },
    {
      name: 'until all frozen readers were closed, slowest',
      value: most((run) => run.cutMs),
      unit: 'ms',
      target: { of: 'value', atMost: CUT_LIMIT_MS },
    },
    { name: 'RSS growth, largest', value: most((run) => run.grownBytes) / MB, unit: 'MB' },
    { name: 'other streams closed and resumed', value: most((run) => run.end.cutOff), unit: '' },
    mustBeZero(
      'frozen readers not closed',
      most((run) => run.notCut),
    ),
    mustBeZero(
      'posts not accepted',
      most((run) => run.notAccepted),
    ),
    mustBeZero(
      'events missing',
      most((run) => run.missing),
    ),
    mustBeZero(
      'events repeated',
      most((run) => run.end.repeated),
    ),
  ];
}
