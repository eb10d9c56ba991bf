import { CHANNEL, countMissing, LoadProcesses, openAudience, settle } from '../../audience.ts';
import type { Bench } from '../../bench.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import type { PostOutcome } from '../../load/posting/poster-calls.ts';
import { parleyBatch, startParley } from '../../system/parley.ts';

const FULL = { warmupMs: 3000, durationMs: 10_000 };
const QUICK = { warmupMs: 300, durationMs: 1500 };
const READERS = 10;
const LINES = 1_000;
/** Connections of single posts that keep a server busy, as in ingest. */
const MANY = 64;
/** Connections that send batches while others post single messages. */
const RIVALS = 8;
const SINGLES_PER_SECOND = 50;
const SETTLE_MS = 60_000;

/** Batches beside single posts, of one client and of many, and single posts during batches. */
export async function batches(bench: Bench): Promise<Figure[]> {
  const { warmupMs, durationMs } = bench.quick ? QUICK : FULL;
  await using sut = await startParley(bench);
  await using load = new LoadProcesses(bench.sandbox);
  // A process of its own, so that its work does not count as waiting of the single posts.
  await using rivals = new LoadProcesses(bench.sandbox);
  const { readers, poster } = load;
  await openAudience(load, sut, { count: READERS, sampleEvery: 1 });
  const target = sut.postTarget(CHANNEL);
  const batch = { target: parleyBatch(sut, CHANNEL), lines: LINES };
  const outcomes: PostOutcome[] = [];
  const measure = async (post: () => Promise<PostOutcome>): Promise<PostOutcome> => {
    const before = await readers.progress();
    const outcome = await post();
    outcomes.push(outcome);
    await settle(readers, outcome, { before, timeoutMs: SETTLE_MS });
    return outcome;
  };
  const singles = (connections: number, ms = durationMs) =>
    measure(() => poster.postFlatOut({ target, connections, durationMs: ms }));
  const inBatches = (ms = durationMs) =>
    measure(() => poster.postBatches({ ...batch, connections: 1, durationMs: ms }));

  await inBatches(warmupMs);
  await singles(MANY, warmupMs);
  const one = await singles(1);
  const many = await singles(MANY);
  await readers.takeLatency();
  const batched = await inBatches();
  const delivery = await readers.takeLatency();
  const rival = rivals.poster.postBatches({ ...batch, connections: RIVALS, durationMs });
  const beside = await measure(() =>
    poster.postAtRate({ target, ratePerSecond: SINGLES_PER_SECOND, connections: 16, durationMs }),
  );
  await measure(() => rival);
  const end = await readers.progress();
  const last = outcomes.reduce((a, b) => (a.lastSeq > b.lastSeq ? a : b));
  return [
    { name: 'one client: single posts', value: rateOf(one), unit: '/s' },
    { name: 'one client: lines of batches', value: rateOf(batched), unit: '/s' },
    {
      name: 'one client: batches beside single posts',
      value: rateOf(batched) / rateOf(one),
      unit: 'times',
      target: { of: 'value', atLeast: 10 },
    },
    { name: `${MANY} clients: single posts`, value: rateOf(many), unit: '/s' },
    {
      name: `batches of one client beside ${MANY} clients`,
      value: rateOf(batched) / rateOf(many),
      unit: 'times',
    },
    { name: 'batch p50', value: batched.latency.p50Ms, unit: 'ms' },
    { name: 'batch p99', value: batched.latency.p99Ms, unit: 'ms' },
    { name: 'delivery p99 of batches', value: delivery.p99Ms, unit: 'ms' },
    {
      name: `single post p50 beside ${RIVALS} clients with batches`,
      value: beside.latency.p50Ms,
      unit: 'ms',
    },
    {
      name: `single post p99 beside ${RIVALS} clients with batches`,
      value: beside.latency.p99Ms,
      unit: 'ms',
    },
    mustBeZero(
      'posts not accepted',
      sum(outcomes, ({ offered, accepted }) => offered - accepted),
    ),
    mustBeZero('events missing', countMissing(end, last)),
    mustBeZero('events repeated', end.repeated),
  ];
}

function rateOf({ accepted, elapsedMs }: PostOutcome): number {
  return (accepted / elapsedMs) * 1e3;
}

function sum(outcomes: PostOutcome[], read: (outcome: PostOutcome) => number): number {
  return outcomes.reduce((total, outcome) => total + read(outcome), 0);
}
