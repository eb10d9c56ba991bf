import { setTimeout as sleep } from 'node:timers/promises';
import { LoadProcesses, openReaders } from '../../audience.ts';
import type { Bench } from '../../bench.ts';
import { type Figure, mustBeZero } from '../../figure.ts';
import { seedLogs } from '../../seed-log.ts';
import { requireConnections } from '../../system/open-files.ts';
import { type Part, type Parts, startParts } from '../../system/parts.ts';
import { cpuDuring, treeRssBytes } from '../../system/proc-stat.ts';
import { waitUntil } from '../../system/wait-until.ts';

/** `restMs`: V8 returns the memory of garbage after half a minute of rest. */
const FULL = {
  warmup: 300,
  channels: 1000,
  deep: 50,
  settleMs: 2000,
  restMs: 40_000,
  aloneMs: 5000,
  idleMs: 15_000,
};
const QUICK = {
  warmup: 20,
  channels: 100,
  deep: 5,
  settleMs: 300,
  restMs: 0,
  aloneMs: 500,
  idleMs: 1500,
};
const DEEP_EVENTS = 1000;
const OPEN_MS = 60_000;
/** A service is at rest when it uses at most this share of a core during LOOK_MS. */
const QUIET_SHARE = 0.1;
const LOOK_MS = 1000;
const KB = 1024;
const PARTS = ['broadcast', 'chat', 'broker'] as const;

type Groups = Record<'warmup' | 'channels' | 'deepWarmup' | 'deep', string[]>;
/** Opens one reader of each channel at a broadcast, and waits until the services are at rest. */
type Open = (broadcast: Part, channels: readonly string[]) => Promise<LoadProcesses['readers']>;
type Shares = Record<(typeof PARTS)[number], number>;

/**
 * Cost of channels with one reader each, on one broadcast and on two; and memory of recent events.
 */
export async function channels(bench: Bench): Promise<Figure[]> {
  const size = bench.quick ? QUICK : FULL;
  requireConnections(size.channels);
  const groups = {
    warmup: names('warm-up', size.warmup),
    channels: names('channel', size.channels),
    deepWarmup: names('deep-warm-up', size.deep),
    deep: names('deep', size.deep),
  };
  const file = `${bench.sandbox.makeDir('store')}/parley.db`;
  await seedLogs(file, [
    ...[...groups.warmup, ...groups.channels].map((channel) => ({ channel, count: 1 })),
    ...[...groups.deepWarmup, ...groups.deep].map((channel) => ({ channel, count: DEEP_EVENTS })),
  ]);
  await using running = await startParts(bench, { storeUrl: `sqlite:${file}`, broadcasts: 3 });
  await using reading = new AsyncDisposableStack();
  const open: Open = async (broadcast, channels) => {
    const { readers } = reading.use(new LoadProcesses(bench.sandbox));
    await openChannels(readers, running, { broadcast, channels });
    await sleep(size.settleMs);
    return readers;
  };
  bench.print(`${size.channels} channels, read at one broadcast, then at two`);
  const spread = await spreadChannels(running, { open, size, ...groups });
  bench.print(`${size.deep} channels with ${DEEP_EVENTS} events each`);
  return [...spread, ...(await keepRecent(running, { open, ...groups }))];
}

type Spreading = Pick<Groups, 'warmup' | 'channels'> & { open: Open; size: typeof FULL };

async function spreadChannels(running: Parts, spreading: Spreading): Promise<Figure[]> {
  const { open, size, warmup, channels } = spreading;
  const [one, two = one] = running.broadcasts;
  const pids = pidsOf(running);
  const none = await idleShares(running, size.aloneMs);
  await open(one, warmup);
  await sleep(size.restMs);
  const before = rssOf(running);
  const opened = await cpuDuring(pids, () => open(one, channels));
  const once = await idleShares(running, size.idleMs);
  await sleep(size.restMs);
  const after = rssOf(running);
  await open(two, warmup);
  const openedAgain = await cpuDuring(pids, () => open(two, channels));
  const twice = await idleShares(running, size.idleMs);
  const perThousand = (cpu: Shares, name: keyof Shares) =>
    ((cpu[name] - none[name]) / (size.warmup + size.channels)) * 1000;
  const { length } = channels;
  return [
    ...(['broadcast', 'broker'] as const).map((name) => ({
      name: `${name}: RSS per channel with one reader`,
      value: (after[name] - before[name]) / length / KB,
      unit: 'KB',
    })),
    ...PARTS.map((name) => ({
      name: `${name}: CPU per channel opened`,
      value: opened[name] / length,
      unit: 'us',
    })),
    {
      name: 'broker: CPU per channel opened on a second broadcast',
      value: openedAgain.broker / length,
      unit: 'us',
    },
    ...PARTS.map((name) => ({
      name: `${name}: CPU of 1,000 idle channels`,
      value: perThousand(once, name),
      unit: '% of a core',
    })),
    ...PARTS.map((name) => ({
      name: `${name}: CPU of 1,000 idle channels at two broadcasts`,
      value: perThousand(twice, name),
      unit: '% of a core',
    })),
  ];
}

/** Memory of a channel's newest events, which broadcast keeps for readers that resume. */
async function keepRecent(
  { broadcasts }: Parts,
  { open, deepWarmup, deep }: Pick<Groups, 'deepWarmup' | 'deep'> & { open: Open },
): Promise<Figure[]> {
  const last = broadcasts.at(-1) ?? broadcasts[0];
  await open(last, deepWarmup);
  const beforeBytes = treeRssBytes(last.pid);
  const readers = await open(last, deep);
  const grownBytes = treeRssBytes(last.pid) - beforeBytes;
  return [
    {
      name: 'broadcast: RSS per recent event',
      value: grownBytes / deep.length / DEEP_EVENTS,
      unit: 'bytes',
    },
    mustBeZero('connections lost', (await readers.progress()).cutOff),
  ];
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

/**
 * Opens one reader of each channel. Resolves when each has the newest event and the services rest.
 */
async function openChannels(
  readers: LoadProcesses['readers'],
  running: Parts,
  { broadcast, channels }: { broadcast: Part; channels: readonly string[] },
): Promise<void> {
  const newest = channels.map((channel) => `${channel}?last=1`);
  await openReaders(readers, running.readAt(broadcast), { channels: newest });
  const haveAll = async () => (await readers.progress()).minEvents >= 1;
  if (!(await waitUntil(haveAll, { timeoutMs: OPEN_MS })))
    throw new Error('a reader did not get its first event in time');
  const isQuiet = async () => {
    const cpu = await cpuDuring(pidsOf(running), () => sleep(LOOK_MS));
    return Math.max(...Object.values(cpu)) < QUIET_SHARE * LOOK_MS * 1e3;
  };
  if (!(await waitUntil(isQuiet, { timeoutMs: OPEN_MS })))
    throw new Error('the services do not come to rest');
}

async function idleShares(running: Parts, idleMs: number): Promise<Shares> {
  const cpu = await cpuDuring(pidsOf(running), () => sleep(idleMs));
  for (const name of PARTS) cpu[name] /= 10 * idleMs;
  return cpu;
}

function rssOf({ broadcasts: [one], broker }: Parts) {
  return { broadcast: treeRssBytes(one.pid), broker: treeRssBytes(broker.pid) };
}

function pidsOf({ broadcasts: [one], chats, broker }: Parts) {
  return { broadcast: one.pid, chat: chats[0].pid, broker: broker.pid };
}
