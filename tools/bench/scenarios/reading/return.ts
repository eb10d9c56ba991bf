import { CHANNEL, type Head, LoadProcesses, openAudience, postFew } from '../../audience.ts';
import type { Bench } from '../../bench.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import type { CrowdProgress, ReadersCalls } from '../../load/readers-calls.ts';
import { requireConnections } from '../../system/open-files.ts';
import { type Parley, startParley } from '../../system/parley.ts';
import { waitUntil } from '../../system/wait-until.ts';

const FULL_READERS = 10_000;
const QUICK_READERS = 200;
const MISSED_EVENTS = 20;
const FIRST_EVENTS = 5;
const CATCH_UP_MS = 60_000;
const LOG_QUERIES = 'parley_log_queries_total';
/** One query fills the backlog. The others leave space for the broadcast's own queries meanwhile. */
const LOG_QUERIES_MAX = 20;

/**
 * Time until all readers have the missed events when they resume at once after a killed server
 * restarts.
 */
export async function returnAtOnce(bench: Bench): Promise<Figure[]> {
  const count = bench.quick ? QUICK_READERS : FULL_READERS;
  requireConnections(count);
  await using parley = await startParley(bench);
  await using load = new LoadProcesses(bench.sandbox);
  const { readers, poster } = load;
  await openAudience(load, parley, { count, sampleEvery: 0 });
  const left = await postFew(poster, parley, { count: FIRST_EVENTS });
  await readersReach(readers, left.seq);
  await readers.close();
  const head = await postFew(poster, parley, { count: MISSED_EVENTS, firstOrdinal: left.seq + 1 });

  const killedMs = performance.now();
  await parley.kill();
  await parley.start();
  const restartMs = performance.now() - killedMs;
  const queriesBefore = await parley.readCounter(LOG_QUERIES);
  bench.print(`ready again after ${Math.round(restartMs)} ms; ${count} readers resume`);

  const backMs = performance.now();
  const [, end] = await Promise.all([
    resumeAll(load, parley, { left, count }),
    readersReach(readers, head.seq),
  ]);
  const firstEvents = await readers.firstEvents();
  const queriesAfter = await parley.readCounter(LOG_QUERIES);
  return [
    {
      name: 'until every reader had the missed events',
      value: end.reachedMs - backMs,
      unit: 'ms',
      target: { of: 'value', atMost: 5000 },
    },
    { name: 'first event p50', value: firstEvents.p50Ms, unit: 'ms' },
    { name: 'first event p99', value: firstEvents.p99Ms, unit: 'ms' },
    { name: 'kill to ready', value: restartMs, unit: 'ms' },
    {
      name: 'queries on the log',
      value: (queriesAfter ?? Number.NaN) - (queriesBefore ?? 0),
      unit: '',
      target: { of: 'value', atMost: LOG_QUERIES_MAX },
    },
    { name: 'streams closed and resumed', value: end.cutOff, unit: '' },
    mustBeZero('events missing', end.missing + Math.max(0, head.seq - end.minSeq)),
    mustBeZero('events repeated', end.repeated),
    mustBeZero('events with the wrong content', end.mislabelled),
    mustBeZero('positions refused (reset)', end.resets),
  ];
}

/** All readers connect at the same moment, each with the position of its last event. */
function resumeAll(
  { readers }: LoadProcesses,
  parley: Parley,
  { left, count }: { left: Head; count: number },
): Promise<void> {
  return readers.open({
    port: parley.port,
    requests: [parley.streamRequest(CHANNEL)],
    count,
    concurrency: count,
    sampleEvery: 0,
    epoch: left.epoch,
    after: left.seq,
    ordinalIsSeq: true,
    timeoutMs: CATCH_UP_MS,
  });
}

/**
 * Waits until every reader has `seq`, at most CATCH_UP_MS. `reachedMs` is the time at the end of
 * the wait.
 */
async function readersReach(
  readers: ReadersCalls,
  seq: number,
): Promise<CrowdProgress & { reachedMs: number }> {
  const haveAll = async () => (await readers.progress()).minSeq >= seq;
  await waitUntil(haveAll, { timeoutMs: CATCH_UP_MS, everyMs: 25 });
  const reachedMs = performance.now();
  return { ...(await readers.progress()), reachedMs };
}
