import { callsTo } from './load/child-calls.ts';
import type { PosterCalls, PostOutcome } from './load/posting/poster-calls.ts';
import type { CrowdPlan, CrowdProgress, ReadersCalls } from './load/readers-calls.ts';
import type { Sandbox } from './system/sandbox.ts';
import type { LoadTarget } from './system/system-under-test.ts';
import { waitUntil } from './system/wait-until.ts';

const OPEN_MS = 60_000;
const OPEN_CONCURRENCY = 200;

/** The channel that scenarios with one channel use. */
export const CHANNEL = 'bench';

/** Position of a channel's newest event. Without an epoch, as for nchan, order cannot be checked. */
export interface Head {
  epoch: string;
  seq: number;
}

/** A process with the readers and a process that posts. Disposing ends both. */
export class LoadProcesses implements AsyncDisposable {
  readonly readers: ReadersCalls;
  readonly poster: PosterCalls;
  readonly #stop: () => Promise<unknown>;

  constructor(sandbox: Sandbox) {
    const readers = sandbox.fork(new URL('./load/readers-process.ts', import.meta.url));
    const poster = sandbox.fork(new URL('./load/posting/poster-process.ts', import.meta.url));
    this.readers = callsTo<ReadersCalls>(readers);
    this.poster = callsTo<PosterCalls>(poster);
    this.#stop = () => Promise.all([sandbox.stop(readers, 'kill'), sandbox.stop(poster, 'kill')]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

/** Posts `count` messages one after the other and returns the channel's head. @throws Error when one fails */
export async function postFew(
  poster: PosterCalls,
  sut: LoadTarget,
  { channel = CHANNEL, count = 1, firstOrdinal = 1 },
): Promise<Head> {
  const target = sut.postTarget(channel);
  const plan = { target, connections: 1, durationMs: OPEN_MS, count, firstOrdinal };
  const { accepted, lastSeq, epoch } = await poster.postFlatOut(plan);
  if (accepted !== count)
    throw new Error(`${sut.name} accepted only ${accepted} of ${count} posts`);
  return { epoch, seq: lastSeq };
}

type Audience = Pick<CrowdPlan, 'count' | 'sampleEvery' | 'ca'>;

/**
 * Opens readers of CHANNEL; every `sampleEvery`th of them measures latency. Parley's readers start
 * at the head's position, so that a missing or repeated first event is counted, too.
 */
export async function openAudience(
  { readers, poster }: LoadProcesses,
  sut: LoadTarget,
  { count, sampleEvery, ca }: Audience,
): Promise<Head> {
  const head = await postFew(poster, sut, {});
  await readers.open({
    port: sut.port,
    requests: [sut.streamRequest(CHANNEL)],
    framesLackIds: sut.framesLackIds,
    count,
    sampleEvery,
    ca,
    concurrency: OPEN_CONCURRENCY,
    timeoutMs: OPEN_MS,
    ...(sut.name === 'parley' ? { epoch: head.epoch, after: head.seq } : {}),
  });
  return head;
}

/**
 * Waits until every reader has every acknowledged event, or `timeoutMs`; returns their progress.
 */
export async function settle(
  readers: ReadersCalls,
  outcome: PostOutcome,
  { before, timeoutMs }: { before: CrowdProgress; timeoutMs: number },
): Promise<CrowdProgress> {
  const hasAll = ({ minSeq, minEvents }: CrowdProgress) =>
    outcome.lastSeq > 0
      ? minSeq >= outcome.lastSeq
      : minEvents >= before.minEvents + outcome.accepted;
  await waitUntil(async () => hasAll(await readers.progress()), { timeoutMs });
  return readers.progress();
}

/**
 * Opens readers of many channels, spread round-robin over the channels. They read new events only.
 */
export function openReaders(
  readers: ReadersCalls,
  sut: LoadTarget,
  { channels, count = channels.length }: { channels: readonly string[]; count?: number },
): Promise<void> {
  return readers.open({
    port: sut.port,
    requests: channels.map((channel) => sut.streamRequest(channel)),
    count,
    sampleEvery: 0,
    concurrency: OPEN_CONCURRENCY,
    timeoutMs: OPEN_MS,
  });
}

/**
 * Acknowledged events that readers did not get: seqs that their streams skipped, plus the slowest reader's
 * lag.
 */
export function countMissing(progress: CrowdProgress, outcome: PostOutcome): number {
  return progress.missing + Math.max(0, outcome.lastSeq - progress.minSeq);
}
