import type { SampleSummary } from './samples.ts';

/** A crowd of readers to open; the plan of each is described in reader.ts. */
export interface CrowdPlan {
  port: number;
  /** Heads of requests; reader number n takes the n-th, round and round. */
  requests: string[];
  count: number;
  /** How many may be connecting at the same time. */
  concurrency: number;
  /** Every how manyth reader measures latency; 0 for none. */
  sampleEvery: number;
  /** The authority, PEM, that signed the certificate for localhost; without it connections are plain. */
  ca?: string | undefined;
  epoch?: string;
  after?: number;
  ordinalIsSeq?: boolean;
  /** After this long, opening is given up. */
  timeoutMs: number;
}

/** How far the crowd is. The sums are over all readers. */
export interface CrowdProgress {
  opened: number;
  events: number;
  /** Of the reader that has the fewest. */
  minEvents: number;
  /** The lowest of the readers' last seqs. */
  minSeq: number;
  /** Events that were jumped over, came again, carried another number than their seq. */
  missing: number;
  repeated: number;
  mislabelled: number;
  resets: number;
  /** Times that the server closed a stream. */
  cutOff: number;
}

/** What the process of readers can be asked (readers-process.ts). */
export interface ReadersCalls {
  /** Opens a crowd in place of the one before; rejects unless all were answered 200 in time. */
  open(plan: CrowdPlan): Promise<void>;
  progress(): Promise<CrowdProgress>;
  /** The delivery latencies since they were last asked for. */
  takeLatency(): Promise<SampleSummary>;
  /** From the crowd's opening to each reader's first event. */
  firstEvents(): Promise<SampleSummary>;
  close(): Promise<void>;
}
