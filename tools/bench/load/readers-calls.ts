import type { SampleSummary } from './samples.ts';

/**
 * A group of readers to open. ReaderPlan in reader.ts describes `epoch`, `after`,
 * `ordinalIsSeq` and `framesLackIds`.
 */
export interface CrowdPlan {
  port: number;
  /** Heads of requests, spread round-robin over the readers. */
  requests: string[];
  count: number;
  /** Maximum number of readers that connect at the same time. */
  concurrency: number;
  /** Every `sampleEvery`th reader measures latency; 0: no reader. */
  sampleEvery: number;
  /**
   * PEM of the authority that signed the certificate of localhost. Without it connections are
   * plain.
   */
  ca?: string | undefined;
  epoch?: string;
  after?: number;
  ordinalIsSeq?: boolean;
  framesLackIds?: boolean | undefined;
  /** Opening fails after this time. */
  timeoutMs: number;
}

/** Counts over all readers. */
export interface CrowdProgress {
  opened: number;
  events: number;
  /** Events of the reader that has the fewest. */
  minEvents: number;
  /** The lowest of the readers' last seqs. */
  minSeq: number;
  /** Events that the stream skipped. */
  missing: number;
  /** Events that came again. */
  repeated: number;
  /** Events whose stamp has another number than their seq. */
  mislabelled: number;
  resets: number;
  /** How often the server closed a stream. */
  cutOff: number;
}

/** Calls that the readers' process answers (readers-process.ts). */
export interface ReadersCalls {
  /** Opens a crowd and closes the previous one. Rejects unless all readers get a 200 in time. */
  open(plan: CrowdPlan): Promise<void>;
  progress(): Promise<CrowdProgress>;
  /** The delivery latencies since the last call. */
  takeLatency(): Promise<SampleSummary>;
  /** Times from the crowd's opening to each reader's first event. */
  firstEvents(): Promise<SampleSummary>;
  close(): Promise<void>;
}
