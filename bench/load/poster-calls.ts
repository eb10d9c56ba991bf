import type { SampleSummary } from './samples.ts';

/** How a system under test takes a message. The body is `prefix`, the stamped message, `suffix`. */
export interface PostTarget {
  /** Connection number n goes to the n-th, round and round. */
  ports: [number, ...number[]];
  /** Request line and headers up to before Content-Length, each line with its CRLF. */
  request: string;
  prefix: string;
  suffix: string;
}

/** Posts at a fixed rate whatever the answers (an open loop), for `durationMs`. */
export interface RatePlan {
  target: PostTarget;
  ratePerSecond: number;
  durationMs: number;
  connections: number;
}

/** Posts on each connection as soon as the last answer is there (a closed loop). */
export interface FlatOutPlan {
  target: PostTarget;
  connections: number;
  durationMs: number;
  /** Stop after this many posts, if that is sooner. */
  count?: number;
  /** Number of the first message; 1 unless given. */
  firstOrdinal?: number;
}

/** What came of the posts. */
export interface PostOutcome {
  /** Posts that were due. */
  offered: number;
  /** Answered with 200 to 202. */
  accepted: number;
  /** Answered otherwise; and those that got no answer because the connection broke. */
  refused: number;
  broken: number;
  /** From the first post to the last answer. */
  elapsedMs: number;
  /** From when a post was due, or in a closed loop sent, to its answer. */
  latency: SampleSummary;
  /** The highest seq that was acknowledged, 0 when answers carry none; and the channel's epoch. */
  lastSeq: number;
  epoch: string;
}

/** What the posting process can be asked (poster-process.ts). */
export interface PosterCalls {
  postAtRate(plan: RatePlan): Promise<PostOutcome>;
  postFlatOut(plan: FlatOutPlan): Promise<PostOutcome>;
}
