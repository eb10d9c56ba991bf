import { CHANNEL, type Head, LoadProcesses, openAudience, settle } from './audience.ts';
import type { PostOutcome } from './load/posting/poster-calls.ts';
import type { CrowdProgress } from './load/readers-calls.ts';
import type { SampleSummary } from './load/samples.ts';
import { treeCpuUs } from './system/proc-stat.ts';
import type { Sandbox } from './system/sandbox.ts';
import type { LoadTarget } from './system/system-under-test.ts';

interface Posts {
  durationMs: number;
  /** Without it each connection posts again as soon as it is answered. */
  ratePerSecond?: number | undefined;
}

/** Readers of CHANNEL, and posts to it: first to warm the system up, then measured. */
export interface RunPlan {
  readers: number;
  /** Every `sampleEvery`th reader measures latency. */
  sampleEvery: number;
  connections: number;
  warmup: Posts;
  posts: Posts;
  /** Longest wait until every reader has every event. */
  settleMs: number;
  /** True: the run ends with the last answer, because the system loses events under this load. */
  endsWithPosts?: boolean;
}

/** What was seen after the warm-up. */
export interface Run {
  /** Position before the warm-up. */
  head: Head;
  warmup: PostOutcome;
  outcome: PostOutcome;
  /** From a post to a reader. */
  delivery: SampleSummary;
  deliveries: number;
  /** Until the last answer. */
  deliveriesPerSecond: number;
  /** From the last answer until every reader had every event. */
  drainMs: number;
  /** CPU time of the system's processes; NaN for a system with several main processes. */
  cpuUs: number;
  end: CrowdProgress;
}

/** Opens readers and posts. Waits after the warm-up and at the end until every reader has every event. */
export async function measureRun(
  sandbox: Sandbox,
  sut: LoadTarget & { pid?: number },
  { readers: count, sampleEvery, connections, settleMs: timeoutMs, ...plan }: RunPlan,
): Promise<Run> {
  await using load = new LoadProcesses(sandbox);
  const { readers, poster } = load;
  const head = await openAudience(load, sut, { count, sampleEvery });
  const target = sut.postTarget(CHANNEL);
  const post = ({ ratePerSecond, durationMs }: Posts) =>
    ratePerSecond === undefined
      ? poster.postFlatOut({ target, connections, durationMs })
      : poster.postAtRate({ target, connections, durationMs, ratePerSecond });
  const cpuUs = () => (sut.pid === undefined ? Number.NaN : treeCpuUs(sut.pid));

  const start = await readers.progress();
  const warmup = await post(plan.warmup);
  const before = await settle(readers, warmup, { before: start, timeoutMs });
  await readers.takeLatency();

  const cpuBeforeUs = cpuUs();
  const startMs = performance.now();
  const outcome = await post(plan.posts);
  const atEnd = await readers.progress();
  const endMs = performance.now();
  const end = plan.endsWithPosts ? atEnd : await settle(readers, outcome, { before, timeoutMs });
  return {
    head,
    warmup,
    outcome,
    delivery: await readers.takeLatency(),
    deliveries: end.events - before.events,
    deliveriesPerSecond: ((atEnd.events - before.events) / (endMs - startMs)) * 1e3,
    drainMs: performance.now() - endMs,
    cpuUs: cpuUs() - cpuBeforeUs,
    end,
  };
}

/** Posts accepted a second. */
export function postsPerSecond({ outcome }: Pick<Run, 'outcome'>): number {
  return (outcome.accepted / outcome.elapsedMs) * 1e3;
}

/** Expected deliveries to `readers` that were not made, and deliveries that were made twice. */
export function deliveryFaults({ outcome, deliveries, end }: Run, readers: number) {
  const surplus = deliveries - outcome.accepted * readers;
  return { missing: Math.max(0, -surplus), repeated: Math.max(0, surplus) + end.repeated };
}
