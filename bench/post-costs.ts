import { CHANNEL, countMissing, type LoadProcesses, settle } from './audience.ts';
import { cpuDuring } from './system/proc-stat.ts';
import type { LoadTarget } from './system/system-under-test.ts';

const CONNECTIONS = 16;
/** New processes take so many posts until their code is compiled. */
const WARMUP_MS = 4000;
const SETTLE_MS = 20_000;

/** Posts to CHANNEL whose readers are open, and whose CPU time is looked at. */
export interface CostPlan<Name extends string> {
  load: LoadProcesses;
  target: LoadTarget;
  pids: Record<Name, number>;
  postsPerSecond: number;
  durationMs: number;
  /** Whether the processes have taken many posts before. */
  warm?: boolean;
}

/** CPU time of each process for one post, in microseconds, and whether every reader had each event once. */
export interface Costs<Name extends string> {
  perPostUs: Record<Name, number>;
  /** Deliveries made meanwhile. */
  deliveries: number;
  posts: number;
  missing: number;
  repeated: number;
}

/** Posts at a rate, first to warm up where that is needed, and tells what it cost each process until every reader had all. */
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
