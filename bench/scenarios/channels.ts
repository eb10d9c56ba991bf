import { setTimeout as sleep } from 'node:timers/promises';
import { LoadProcesses, openReaders } from '../audience.ts';
import type { Bench } from '../bench.ts';
import { type Figure, mustBeZero } from '../figure.ts';
import { seedLogs } from '../seed-log.ts';
import { requireConnections } from '../system/open-files.ts';
import { type Part, type Parts, startParts } from '../system/parts.ts';
import { cpuDuring, treeRssBytes } from '../system/proc-stat.ts';
import { waitUntil } from '../system/wait-until.ts';

const FULL = {
  warmup: 300,
  channels: 1000,
  deep: 50,
  settleMs: 2000,
  aloneMs: 5000,
  idleMs: 15_000,
};
const QUICK = { warmup: 20, channels: 100, deep: 5, settleMs: 300, aloneMs: 500, idleMs: 1500 };
const DEEP_EVENTS = 1000;
const OPEN_MS = 60_000;
/** A part rests when it takes no more of a core than this, looked at for so long. */
const QUIET_SHARE = 0.1;
const LOOK_MS = 1000;
const KB = 1024;
const PARTS = ['broadcast', 'chat', 'broker'] as const;

type Shares = Record<(typeof PARTS)[number], number>;

/** What channels cost that have one reader each, on one broadcast and on two, and what recent events do. */
export async function channels(bench: Bench): Promise<Figure[]> {
  const size = bench.quick ? QUICK : FULL;
  requireConnections(size.channels);
  const groups = {
    ...{ warmup: names('warm-up', size.warmup), channels: names('channel', size.channels) },
    ...{ deepWarmup: names('deep-warm-up', size.deep), deep: names('deep', size.deep) },
  };
  const file = `${bench.sandbox.makeDir('store')}/parley.db`;
  await seedLogs(file, [
    ...[...groups.warmup, ...groups.channels].map((channel) => ({ channel, count: 1 })),
    ...[...groups.deepWarmup, ...groups.deep].map((channel) => ({ channel, count: DEEP_EVENTS })),
  ]);
  await using running = await startParts(bench, { storeUrl: `sqlite:${file}`, broadcasts: 3 });
  const [one, two = one, three = one] = running.broadcasts;
  await using reading = new AsyncDisposableStack();
  const open = async (broadcast: Part, names: readonly string[]) => {
    const { readers } = reading.use(new LoadProcesses(bench.sandbox));
    await openChannels(readers, running, { broadcast, names });
    return readers;
  };
  const idle = () => idleShares(running, size.idleMs);
  const settled = () => sleep(size.settleMs);

  const none = await idleShares(running, size.aloneMs);
  await open(one, groups.warmup);
  await settled();
  const before = rssOf(running);
  bench.say(`${size.channels} channels`);
  const opened = await cpuDuring(pidsOf(running), () => open(one, groups.channels));
  await settled();
  const once = await idle();
  const after = rssOf(running);
  await open(two, groups.warmup);
  const openedAgain = await cpuDuring(pidsOf(running), () => open(two, groups.channels));
  await settled();
  const twice = await idle();
  await open(three, groups.deepWarmup);
  await settled();
  const beforeDeep = treeRssBytes(three.pid);
  const deep = await open(three, groups.deep);
  await settled();
  const deepBytes = treeRssBytes(three.pid) - beforeDeep;
  const perThousand = (cpu: Shares, name: keyof Shares) =>
    ((cpu[name] - none[name]) / (size.warmup + size.channels)) * 1000;
  return [
    ...(['broadcast', 'broker'] as const).map((name) => ({
      name: `${name}: RSS per channel with one reader`,
      value: (after[name] - before[name]) / size.channels / KB,
      unit: 'KB',
    })),
    {
      name: 'broadcast: RSS per recent event of 40 bytes',
      value: deepBytes / size.deep / DEEP_EVENTS,
      unit: 'bytes',
    },
    ...PARTS.map((name) => ({
      name: `${name}: CPU per channel opened`,
      value: opened[name] / size.channels,
      unit: 'us',
    })),
    {
      name: 'broker: the same on a second broadcast',
      value: openedAgain.broker / size.channels,
      unit: 'us',
    },
    ...PARTS.map((name) => ({
      name: `${name}: CPU of 1,000 idle channels`,
      value: perThousand(once, name),
      unit: '% of a core',
    })),
    ...PARTS.map((name) => ({
      name: `${name}: the same read at two broadcasts`,
      value: perThousand(twice, name),
      unit: '% of a core',
    })),
    mustBeZero('connections lost', (await deep.progress()).cutOff),
  ];
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

/** Opens a reader of each channel; resolves when each has its channel's newest event and the parts are quiet. */
async function openChannels(
  readers: LoadProcesses['readers'],
  running: Parts,
  { broadcast, names }: { broadcast: Part; names: readonly string[] },
): Promise<void> {
  const channels = names.map((name) => `${name}?last=1`);
  await openReaders(readers, running.readAt(broadcast), { channels });
  const haveAll = async () => (await readers.progress()).minEvents >= 1;
  if (!(await waitUntil(haveAll, { timeoutMs: OPEN_MS }))) throw new Error('a reader got nothing');
  const isQuiet = async () => {
    const cpu = await cpuDuring(pidsOf(running), () => sleep(LOOK_MS));
    return Math.max(...Object.values(cpu)) < QUIET_SHARE * LOOK_MS * 1e3;
  };
  if (!(await waitUntil(isQuiet, { timeoutMs: OPEN_MS }))) throw new Error('the parts do not rest');
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
