import { allSidesOf, type Bench } from '../../bench.ts';
import { inTurns, type Runs, type Side } from '../../compare.ts';
import { measureRun, postsPerSecond, type Run } from '../../measure-run.ts';

const FULL = { warmupMs: 3000, durationMs: 8000 };
const QUICK = { warmupMs: 100, durationMs: 400 };
/** Up to this number of readers each measures latency, of more a tenth. */
const ALL_SAMPLED = 100;
const WARMUP_PER_SECOND = 100;
const SETTLE_MS = 10_000;

/** A scenario under way. */
export interface Scene {
  bench: Bench;
  /** Runs of Parley that must have every event. Peers may lose some. */
  seen: Run[];
}

/** Readers of one channel, and posts to it. */
export interface Load {
  readers: number;
  connections: number;
  /** Without it, each connection posts again as soon as it is answered. */
  ratePerSecond?: number;
  /** How long to warm up, at that rate; 3 s by default. */
  warmupMs?: number;
  /** True for more than the slower systems can deliver. */
  overloads?: boolean;
  sides?: Side[];
}

/** Runs of one load on every side, in turns. */
export function measure({ bench, seen }: Scene, load: Load): Promise<Runs<Run>> {
  const { warmupMs, durationMs } = bench.quick ? QUICK : { ...FULL, ...load };
  const { readers, connections, ratePerSecond, overloads = false } = load;
  const { sides = allSidesOf(bench) } = load;
  const rate = ratePerSecond === undefined ? 'flat out' : `${ratePerSecond} posts/s`;
  return inTurns({ sides, repeats: bench.quick ? 1 : bench.repeats }, async (sut) => {
    const run = await measureRun(bench.sandbox, sut, {
      readers,
      sampleEvery: readers > ALL_SAMPLED ? 10 : 1,
      connections,
      warmup: {
        durationMs: warmupMs,
        ratePerSecond: overloads ? WARMUP_PER_SECOND : ratePerSecond,
      },
      posts: { durationMs, ratePerSecond },
      settleMs: SETTLE_MS,
      endsWithPosts: overloads,
    });
    if (sut.name === 'parley' && !overloads) seen.push(run);
    const [posted, delivered] = [postsPerSecond(run), run.deliveriesPerSecond].map(Math.round);
    bench.print(`${sut.name}, ${rate}: ${posted} posts/s, ${delivered} deliveries/s`);
    return run;
  });
}
