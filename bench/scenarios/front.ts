import { setTimeout as sleep } from 'node:timers/promises';
import { startFrontDoor } from '../../tests/front-door.ts';
import { needs } from '../../tests/real-parts.ts';
import { CHANNEL, countMissing, LoadProcesses, openAudience, settle } from '../audience.ts';
import { type Bench, Skip } from '../bench.ts';
import { type Figure, mustBeZero } from '../figure.ts';
import { requireConnections } from '../system/open-files.ts';
import { startParts } from '../system/parts.ts';
import { cpuDuring, treeRssBytes } from '../system/proc-stat.ts';

const FULL = { readers: 3000, settleMs: 3000, idleMs: 10_000, postMs: 6000, postsPerSecond: 4 };
const QUICK = { readers: 100, settleMs: 500, idleMs: 500, postMs: 1000, postsPerSecond: 10 };
const SETTLE_MS = 20_000;
const KB = 1024;
/** What one address may have: here all readers have one. */
const EDITS = [
  { file: 'stream.conf', from: 'limit_conn streams 500', to: 'limit_conn streams 60000' },
];

/** What a stream costs nginx in front, as it ships, that ends TLS for each reader. */
export async function front(bench: Bench): Promise<Figure[]> {
  const { skip } = needs('nginx');
  if (skip) throw new Skip(skip);
  const size = bench.quick ? QUICK : FULL;
  requireConnections(2 * size.readers);
  const folder = bench.sandbox.makeDir('store');
  await using running = await startParts(bench, { storeUrl: `sqlite:${folder}/parley.db` });
  const [broadcast] = running.broadcasts;
  const at = ({ port }: { port: number }) => ({ addresses: ['127.0.0.1'], port });
  const chat = at(running.chats[0]);
  await using door = await startFrontDoor({ chat, broadcast: at(broadcast), edits: EDITS });
  const kill = () => process.kill(door.pid, 'SIGTERM');
  process.once('exit', kill);
  await using load = new LoadProcesses(bench.sandbox);
  const { readers, poster } = load;
  const pids = { nginx: door.pid, broadcast: broadcast.pid };
  const target = { ...running.readAt(broadcast), port: Number(new URL(door.url).port) };

  await openAudience(load, target, { count: size.readers / 10, sampleEvery: 0, ca: door.ca });
  await readers.close();
  await sleep(size.settleMs);
  const beforeBytes = treeRssBytes(door.pid);
  const opening = await cpuDuring(pids, () =>
    openAudience(load, target, { count: size.readers, sampleEvery: 0, ca: door.ca }),
  );
  await sleep(size.settleMs);
  const idle = await cpuDuring(pids, () => sleep(size.idleMs));
  const grown = treeRssBytes(door.pid) - beforeBytes;

  const before = await readers.progress();
  let missing = 0;
  const posting = await cpuDuring(pids, async () => {
    const outcome = await poster.postAtRate({
      ...{ target: target.postTarget(CHANNEL), connections: 4 },
      ...{ ratePerSecond: size.postsPerSecond, durationMs: size.postMs },
    });
    const end = await settle(readers, outcome, { before, timeoutMs: SETTLE_MS });
    missing = countMissing(end, outcome);
  });
  const end = await readers.progress();
  const deliveries = end.events - before.events;
  process.off('exit', kill);
  return [
    { name: 'nginx: RSS per stream over TLS', value: grown / size.readers / KB, unit: 'KB' },
    { name: 'nginx: CPU per stream opened', value: opening.nginx / size.readers, unit: 'us' },
    {
      name: 'nginx: CPU of 10,000 idle streams',
      value: (idle.nginx / 10 / size.idleMs / size.readers) * 10_000,
      unit: '% of a core',
    },
    { name: 'nginx: CPU per delivery', value: posting.nginx / deliveries, unit: 'us' },
    {
      name: 'broadcast: CPU per delivery to nginx',
      value: posting.broadcast / deliveries,
      unit: 'us',
    },
    mustBeZero('events missing', missing),
    mustBeZero('events repeated', end.repeated),
    mustBeZero('connections lost', end.cutOff),
  ];
}
