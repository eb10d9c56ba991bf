import type { LoadProcesses } from '../../audience.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { type Download, download } from '../../load/download.ts';
import type { SeededLog } from '../../seed-log.ts';
import type { Parley } from '../../system/parley.ts';
import { peakRssBytes, resetPeakRss, treeRssBytes } from '../../system/proc-stat.ts';

const FULL_MS = 15_000;
const QUICK_MS = 1500;
const POSTS_PER_SECOND = 100;
const WARMUP_MS = 1000;
const DOWNLOAD_MS = 120_000;
const MB = 1e6;

/** Measures memory and the latency of posts while the server sends a long transcript. */
export async function readTranscript(
  { poster }: LoadProcesses,
  parley: Parley,
  { log, quick }: { log: SeededLog; quick: boolean },
): Promise<Figure[]> {
  const post = (durationMs: number) =>
    poster.postAtRate({
      target: parley.postTarget('elsewhere'),
      ratePerSecond: POSTS_PER_SECOND,
      durationMs,
      connections: 16,
    });
  const alone = await post(WARMUP_MS);

  resetPeakRss(parley.pid);
  const beforeBytes = treeRssBytes(parley.pid);
  const startMs = performance.now();
  const posting = post(quick ? QUICK_MS : FULL_MS);
  const downloads = await downloadUntil(posting, parley, log);
  const elapsedMs = performance.now() - startMs;
  const outcome = await posting;
  const grownBytes = peakRssBytes(parley.pid) - beforeBytes;
  const bytes = downloads.reduce((sum, { bytes }) => sum + bytes, 0);
  const wrong = downloads.filter(({ complete, lines }) => !complete || lines !== log.count);
  return [
    { name: 'transcript: throughput', value: bytes / MB / (elapsedMs / 1e3), unit: 'MB/s' },
    {
      name: 'transcript: RSS growth',
      value: grownBytes / MB,
      unit: 'MB',
      target: { of: 'value', atMost: 50 },
    },
    { name: 'post p99 without transcript', value: alone.latency.p99Ms, unit: 'ms' },
    {
      name: 'post p99 during transcript',
      value: outcome.latency.p99Ms,
      unit: 'ms',
      target: { of: 'value', atMost: 50 },
    },
    mustBeZero('transcripts with missing or extra lines', wrong.length),
    mustBeZero('posts not accepted meanwhile', outcome.offered - outcome.accepted),
  ];
}

/** Downloads the transcript again and again until the posting ends, so that both always overlap. */
async function downloadUntil(
  posting: Promise<unknown>,
  { port, credentials }: Parley,
  { channel }: SeededLog,
): Promise<Download[]> {
  const downloads: Download[] = [];
  const request = `GET /chat/${channel} HTTP/1.1\r\nHost: 127.0.0.1\r\n${credentials.headers}\r\n`;
  let isPosting = true;
  const noteEnd = () => {
    isPosting = false;
  };
  posting.then(noteEnd, noteEnd);
  while (isPosting) {
    downloads.push(await download({ port, request, pauseMs: 0, durationMs: DOWNLOAD_MS }));
  }
  return downloads;
}
