import { setTimeout as sleep } from 'node:timers/promises';
import { CHANNEL, LoadProcesses, openReaders, postFew } from '../../audience.ts';
import type { Bench } from '../../bench.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { connectionsAllowed, requireConnections } from '../../system/open-files.ts';
import { type Parts, startParts } from '../../system/parts.ts';
import { cpuDuring, kernelSlabBytes, treeRssBytes } from '../../system/proc-stat.ts';
import { waitUntil } from '../../system/wait-until.ts';

/** `readers` is below the number of local ports of one address (ip_local_port_range). */
const FULL = { readers: 25_000, channels: 10, settleMs: 2000, idleMs: 10_000, returning: 10_000 };
const QUICK = { readers: 300, channels: 10, settleMs: 500, idleMs: 1000, returning: 200 };
const FEWEST = 200;
const WARMUP_READERS = 100;
const MISSED_EVENTS = 20;
const RETURN_MS = 60_000;
const KB = 1024;
const MB = 1e6;
const IDLE_READERS = 10_000;

/** Cost of readers for a separate broadcast: opening, staying idle, and all resuming at once. */
export async function crowd(bench: Bench): Promise<Figure[]> {
  const size = bench.quick ? QUICK : FULL;
  requireConnections(FEWEST);
  const folder = bench.sandbox.makeDir('store');
  await using running = await startParts(bench, { storeUrl: `sqlite:${folder}/parley.db` });
  await using load = new LoadProcesses(bench.sandbox);
  const count = Math.min(size.readers, connectionsAllowed());
  const opened = await openAndIdle(bench, running, load, count);
  const returning = await resumeAll(running, load, Math.min(size.returning, count));
  return [...opened, ...returning];
}

async function openAndIdle(
  bench: Bench,
  running: Parts,
  load: LoadProcesses,
  count: number,
): Promise<Figure[]> {
  const { settleMs, idleMs, channels } = bench.quick ? QUICK : FULL;
  const [broadcast] = running.broadcasts;
  const pids = { broadcast: broadcast.pid };
  const open = await openWarm(running, load, { channels, settleMs });
  const alone = await cpuDuring(pids, () => sleep(idleMs / 2));
  const before = { rss: treeRssBytes(broadcast.pid), slab: kernelSlabBytes() };
  const startMs = performance.now();
  const opening = await cpuDuring(pids, () => open(count));
  const openMs = performance.now() - startMs;
  await sleep(settleMs);
  const idle = await cpuDuring(pids, () => sleep(idleMs));
  const after = { rss: treeRssBytes(broadcast.pid), slab: kernelSlabBytes() };
  const { cutOff } = await load.readers.progress();
  await load.readers.close();
  const idleShare = (idle.broadcast - 2 * alone.broadcast) / 10 / idleMs;
  return [
    { name: 'streams open at once', value: count, unit: '' },
    { name: 'RSS per idle stream', value: (after.rss - before.rss) / count / KB, unit: 'KB' },
    { name: 'RSS with all streams open', value: after.rss / MB, unit: 'MB' },
    // Divided by two: both ends of each connection are on this machine.
    {
      name: "kernel's memory per stream",
      value: (after.slab - before.slab) / count / 2 / KB,
      unit: 'KB',
    },
    {
      name: 'CPU of 10,000 idle streams',
      value: (idleShare / count) * IDLE_READERS,
      unit: '% of a core',
    },
    { name: 'CPU per stream opened', value: opening.broadcast / count, unit: 'us' },
    { name: 'streams opened', value: (count / openMs) * 1e3, unit: '/s' },
    mustBeZero('connections lost', cutOff),
  ];
}

/** Creates channels, and opens and closes a few readers. Returns a function that opens more. */
async function openWarm(
  running: Parts,
  { readers, poster }: LoadProcesses,
  { channels, settleMs }: Pick<typeof FULL, 'channels' | 'settleMs'>,
): Promise<(count: number) => Promise<void>> {
  const target = running.readAt(running.broadcasts[0]);
  const names = Array.from({ length: channels }, (_, index) => `crowd-${index}`);
  for (const channel of names) await postFew(poster, target, { channel });
  await openReaders(readers, target, { channels: names, count: WARMUP_READERS });
  await readers.close();
  await sleep(settleMs / 2);
  return (count) => openReaders(readers, target, { channels: names, count });
}

/** All readers connect at the same moment, each with its position, as after a network failure. */
async function resumeAll(
  running: Parts,
  { readers, poster }: LoadProcesses,
  count: number,
): Promise<Figure[]> {
  const [broadcast] = running.broadcasts;
  const target = running.readAt(broadcast);
  const left = await postFew(poster, target, { channel: CHANNEL });
  const head = await postFew(poster, target, { channel: CHANNEL, count: MISSED_EVENTS });
  const pids = { broadcast: broadcast.pid, chat: running.chats[0].pid };
  const startMs = performance.now();
  const cpu = await cpuDuring(pids, async () => {
    const opened = readers.open({
      port: target.port,
      requests: [target.streamRequest(CHANNEL)],
      count,
      concurrency: count,
      sampleEvery: 0,
      epoch: left.epoch,
      after: left.seq,
      timeoutMs: RETURN_MS,
    });
    const haveAll = async () => (await readers.progress()).minSeq >= head.seq;
    await Promise.all([opened, waitUntil(haveAll, { timeoutMs: RETURN_MS, everyMs: 25 })]);
  });
  const backMs = performance.now() - startMs;
  const end = await readers.progress();
  return [
    {
      name: `${count} resume at once: until every reader had every event`,
      value: backMs,
      unit: 'ms',
    },
    {
      name: 'CPU per resumed stream',
      value: cpu.broadcast / count,
      unit: 'us',
    },
    { name: 'CPU of chat meanwhile', value: cpu.chat / 1e3, unit: 'ms' },
    mustBeZero('events missing', end.missing + Math.max(0, head.seq - end.minSeq)),
    mustBeZero('events repeated', end.repeated),
  ];
}
