import type { LoadProcesses } from '../../audience.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { download } from '../../load/download.ts';
import { median } from '../../load/percentile.ts';
import type { CrowdPlan } from '../../load/readers-calls.ts';
import type { SeededLog } from '../../seed-log.ts';
import type { Parley } from '../../system/parley.ts';
import { peakRssBytes, resetPeakRss, treeRssBytes } from '../../system/proc-stat.ts';
import { waitUntil } from '../../system/wait-until.ts';

const AFTER = 10;
const TRIES = 9;
const FIRST_EVENT_MS = 10_000;
const READ_ALL_MS = 180_000;
const SLOW_READ_MS = 10_000;
const SLOW_PAUSE_MS = 50;
const MB = 1e6;

/** Time until a reader that resumes far behind the head gets its first event. */
export async function readFirst(
  { readers }: LoadProcesses,
  parley: Parley,
  log: SeededLog,
): Promise<Figure[]> {
  const waitsMs: number[] = [];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    await readers.open(oneReader(parley, log));
    const hasFirst = async () => (await readers.progress()).events > 0;
    await waitUntil(hasFirst, { timeoutMs: FIRST_EVENT_MS, everyMs: 10 });
    waitsMs.push((await readers.firstEvents()).p50Ms);
    await readers.close();
  }
  return [
    {
      name: 'resume: first event, median',
      value: median(waitsMs),
      unit: 'ms',
      target: { of: 'value', atMost: 50 },
    },
    { name: 'resume: first event, slowest', value: Math.max(...waitsMs), unit: 'ms' },
  ];
}

/** Speed and memory of reading the whole log. Also checks that no event is missing or repeated. */
export async function readAll(
  { readers }: LoadProcesses,
  parley: Parley,
  log: SeededLog,
): Promise<Figure[]> {
  const beforeBytes = startPeak(parley);
  const startMs = performance.now();
  await readers.open(oneReader(parley, log));
  const hasAll = async () => (await readers.progress()).minSeq >= log.count;
  await waitUntil(hasAll, { timeoutMs: READ_ALL_MS });
  const elapsedMs = performance.now() - startMs;
  const { events, minSeq, missing, repeated } = await readers.progress();
  const grownBytes = peakRssBytes(parley.pid) - beforeBytes;
  await readers.close();
  return [
    { name: 'resume: whole log', value: (events / elapsedMs) * 1e3, unit: 'events/s' },
    { name: 'resume: whole log, RSS growth', value: grownBytes / MB, unit: 'MB' },
    mustBeZero('resume: missing', missing + Math.max(0, log.count - minSeq)),
    mustBeZero('resume: repeated', repeated),
  ];
}

/** Memory that the server holds for a slow reader. */
export async function readSlowly(parley: Parley, log: SeededLog): Promise<Figure[]> {
  const beforeBytes = startPeak(parley);
  const { bytes } = await download({
    port: parley.port,
    request: `${parley.streamRequest(log.channel)}Last-Event-ID: ${log.epoch}:${AFTER}\r\n\r\n`,
    pauseMs: SLOW_PAUSE_MS,
    durationMs: SLOW_READ_MS,
  });
  const grownBytes = peakRssBytes(parley.pid) - beforeBytes;
  return [
    { name: 'slow reader: read', value: bytes / MB, unit: 'MB' },
    { name: 'slow reader: RSS growth', value: grownBytes / MB, unit: 'MB' },
  ];
}

function startPeak({ pid }: Parley): number {
  resetPeakRss(pid);
  return treeRssBytes(pid);
}

function oneReader(parley: Parley, { channel, epoch }: SeededLog): CrowdPlan {
  return {
    port: parley.port,
    requests: [parley.streamRequest(channel)],
    count: 1,
    concurrency: 1,
    sampleEvery: 0,
    epoch,
    after: AFTER,
    timeoutMs: FIRST_EVENT_MS,
  };
}
