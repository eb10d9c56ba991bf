import { setTimeout as sleep } from 'node:timers/promises';
import { startFrontDoor } from '@parley/testkit/processes/front-door.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { LoadProcesses, openAudience } from '../audience.ts';
import type { Bench } from '../bench.ts';
import { type Figure, mustBeZero } from '../figure.ts';
import { measureCosts } from '../post-costs.ts';
import { Skip } from '../skip.ts';
import { requireConnections } from '../system/open-files.ts';
import { type Part, startParts } from '../system/parts.ts';
import { cpuDuring, treeRssBytes } from '../system/proc-stat.ts';
import type { LoadTarget } from '../system/system-under-test.ts';

const FULL = { readers: 3000, settleMs: 2000, idleMs: 5000, durationMs: 4000, postsPerSecond: 5 };
const QUICK = { readers: 100, settleMs: 500, idleMs: 500, durationMs: 1000, postsPerSecond: 10 };
const KB = 1024;
/** Raises the limit of streams for one address: here all readers have the same address. */
const EDITS = [
  { file: 'stream.conf', from: 'limit_conn streams 500', to: 'limit_conn streams 60000' },
];

/**
 * Cost of a stream for nginx with the shipped configuration, which terminates TLS for each reader.
 */
export async function front(bench: Bench): Promise<Figure[]> {
  const { skip } = needs('nginx');
  if (skip) throw new Skip(skip);
  requireConnections(2 * (bench.quick ? QUICK : FULL).readers);
  const folder = bench.sandbox.makeDir('store');
  await using running = await startParts(bench, { storeUrl: `sqlite:${folder}/parley.db` });
  const [broadcast] = running.broadcasts;
  const at = ({ port }: Part) => ({ addresses: ['127.0.0.1'], port });
  const services = { chat: at(running.chats[0]), broadcast: at(broadcast) };
  await using door = await startFrontDoor({ ...services, edits: EDITS });
  const kill = () => process.kill(door.pid, 'SIGTERM');
  process.once('exit', kill);
  const target = { ...running.readAt(broadcast), port: Number(new URL(door.url).port) };
  const pids = { nginx: door.pid, broadcast: broadcast.pid };
  const figures = await measure(bench, { target, pids, ca: door.ca });
  process.off('exit', kill);
  return figures;
}

interface Scene {
  target: LoadTarget;
  pids: Record<'nginx' | 'broadcast', number>;
  /** PEM of the authority that signed nginx's certificate. */
  ca: string;
}

async function measure(bench: Bench, { target, pids, ca }: Scene): Promise<Figure[]> {
  const { readers: count, settleMs, idleMs, ...posts } = bench.quick ? QUICK : FULL;
  await using load = new LoadProcesses(bench.sandbox);
  const open = (readers: number) =>
    openAudience(load, target, { count: readers, sampleEvery: 0, ca });
  await open(count / 10);
  await load.readers.close();
  await sleep(settleMs);
  const beforeBytes = treeRssBytes(pids.nginx);
  const opening = await cpuDuring(pids, () => open(count));
  await sleep(settleMs);
  const idle = await cpuDuring(pids, () => sleep(idleMs));
  const grownBytes = treeRssBytes(pids.nginx) - beforeBytes;
  const costs = await measureCosts({ load, target, pids, ...posts });
  const perDelivery = (name: keyof typeof pids) =>
    (costs.perPostUs[name] * costs.posts) / costs.deliveries;
  return [
    { name: 'nginx: RSS per stream over TLS', value: grownBytes / count / KB, unit: 'KB' },
    { name: 'nginx: CPU per stream opened', value: opening.nginx / count, unit: 'us' },
    {
      name: 'nginx: CPU of 10,000 idle streams',
      value: (idle.nginx / 10 / idleMs / count) * 10_000,
      unit: '% of a core',
    },
    { name: 'nginx: CPU per delivery', value: perDelivery('nginx'), unit: 'us' },
    { name: 'broadcast: CPU per delivery to nginx', value: perDelivery('broadcast'), unit: 'us' },
    mustBeZero('events missing', costs.missing),
    mustBeZero('events repeated', costs.repeated),
    mustBeZero('connections lost', (await load.readers.progress()).cutOff),
  ];
}
