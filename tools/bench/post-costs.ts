import { CHANNEL, countMissing, type LoadProcesses, settle } from './audience.ts';
import { cpuDuring } from './system/proc-stat.ts';
import type { LoadTarget } from './system/system-under-test.ts';

const CONNECTIONS = 16;
/** Time in which V8 compiles the code of new processes, at the scenarios' rates. */
const WARMUP_MS = 4000;
const SETTLE_MS = 20_000;

/**
 * Posts to CHANNEL, whose readers are open; `pids` are the processes whose CPU time is measured.
 */
export interface CostPlan<Name extends string> {
  load: LoadProcesses;
  target: LoadTarget;
  pids: Record<Name, number>;
  postsPerSecond: number;
  durationMs: number;
  /** True when the processes need no warm-up, since they already stored many posts. */
  warm?: boolean;
}

/** CPU time of each process for one post, in microseconds, with the counts of the run. */
export interface Costs<Name extends string> {
  perPostUs: Record<Name, number>;
  /** Deliveries during the run. */
  deliveries: number;
  posts: number;
  missing: number;
  repeated: number;
}

/**
 * Posts at a rate, after a warm-up if needed. Measures CPU time until every reader has every event.
 */
export async function measureCosts<Name extends string>(
  plan: CostPlan<Name>,
): Promise<Costs<Name>> {
  const { pids, durationMs, warm = false } = plan;
  if (!warm) await postAndSettle(plan, Math.min(WARMUP_MS, durationMs));
  let posted = { posts: 0, missing: 0, repeated: 0, deliveries: 0 };
  const perPostUs = await cpuDuring(pids, async () => {
    posted = await postAndSettle(plan, durationMs);
  });
  for (const name in perPostUs) perPostUs[name] /= posted.posts;
  return { perPostUs, ...posted };
}

async function postAndSettle<Name extends string>(
  { load: { readers, poster }, target, postsPerSecond }: CostPlan<Name>,
  durationMs: number,
) {
  const before = await readers.progress();
  const outcome = await poster.postAtRate({
    target: target.postTarget(CHANNEL),
    ratePerSecond: postsPerSecond,
    durationMs,
    connections: CONNECTIONS,
  });
  const end = await settle(readers, outcome, { before, timeoutMs: SETTLE_MS });
  return {
    posts: outcome.accepted,
    missing: countMissing(end, outcome),
    repeated: end.repeated,
    deliveries: end.events - before.events,
  };
}
