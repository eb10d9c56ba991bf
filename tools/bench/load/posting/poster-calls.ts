import type { SampleSummary } from '../samples.ts';

/**
 * How to post a message to a system under test. The body is `prefix`, the stamped message,
 * `suffix`.
 */
export interface PostTarget {
  /** Connections are spread round-robin over these ports. */
  ports: [number, ...number[]];
  /** Request line and headers before Content-Length. Each line ends with CRLF. */
  request: string;
  prefix: string;
  suffix: string;
}

/** Posts at a fixed rate that does not depend on the answers (an open loop), for `durationMs`. */
export interface RatePlan {
  target: PostTarget;
  ratePerSecond: number;
  durationMs: number;
  connections: number;
}

/** Posts on each connection as soon as the previous answer arrives (a closed loop). */
export interface FlatOutPlan {
  target: PostTarget;
  connections: number;
  durationMs: number;
  /** Stop after this number of posts, if this is sooner. */
  count?: number;
  /** Number of the first message. Default: 1. */
  firstOrdinal?: number;
}

/** Posts batches of `lines` messages on each connection, in a closed loop, for `durationMs`. */
export interface BatchPlan {
  target: PostTarget;
  connections: number;
  durationMs: number;
  lines: number;
}

/** Result of the posts of one run. */
export interface PostOutcome {
  /** Posts that were due. */
  offered: number;
  /** Answered with 200 to 202. */
  accepted: number;
  /** Answered with another status. */
  refused: number;
  /** Without an answer, because the connection broke. */
  broken: number;
  /** From the first post to the last answer. */
  elapsedMs: number;
  /** From the time a post was due (in a closed loop: sent) to its answer. */
  latency: SampleSummary;
  /** The highest acknowledged seq; 0 when answers carry no seq. */
  lastSeq: number;
  /** The channel's epoch. */
  epoch: string;
}

/** Calls that the posting process answers (poster-process.ts). */
export interface PosterCalls {
  postAtRate(plan: RatePlan): Promise<PostOutcome>;
  postFlatOut(plan: FlatOutPlan): Promise<PostOutcome>;
  /** The outcome counts lines; its latency is that of batches. */
  postBatches(plan: BatchPlan): Promise<PostOutcome>;
}
