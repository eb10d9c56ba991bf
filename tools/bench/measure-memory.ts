import { setTimeout as sleep } from 'node:timers/promises';
import { CHANNEL, type LoadProcesses, openReaders, postFew } from './audience.ts';
import { type DeploymentPlan, prepareParley } from './system/parley.ts';
import { findInTree, treeRssBytes } from './system/proc-stat.ts';
import type { SystemUnderTest } from './system/system-under-test.ts';

const WARMUP_READERS = 100;
const WARMUP_SETTLE_MS = 2000;
const POST_CONNECTIONS = 64;
const POSTS_MS = 120_000;

/** Memory in bytes of a process with its descendants, `settleMs` after it was started. */
export async function measureStarted(pid: number, settleMs: number): Promise<number> {
  await sleep(settleMs);
  return treeRssBytes(pid);
}

/** Memory in bytes of what `npm start` leaves running: the program itself, and all with npm. */
export async function measureNpmStart(
  plan: DeploymentPlan,
  settleMs: number,
): Promise<{ programBytes: number; allBytes: number }> {
  await using parley = await prepareParley(plan);
  await parley.startByNpm();
  const allBytes = await measureStarted(parley.pid, settleMs);
  const program = findInTree(parley.pid, 'services/standalone/main.ts');
  return { programBytes: treeRssBytes(program), allBytes };
}

/** Memory of a system with idle readers. */
export interface IdleMemory {
  bytesPerConnection: number;
  beforeBytes: number;
  cutOff: number;
}

/** Opens idle readers of several channels, and leaves them open. */
export async function measureIdleReaders(
  { readers, poster }: LoadProcesses,
  sut: SystemUnderTest,
  size: { readers: number; channels: number; settleMs: number },
): Promise<IdleMemory> {
  const channels = Array.from({ length: size.channels }, (_, index) => `${CHANNEL}-${index}`);
  const open = (count: number) => openReaders(readers, sut, { channels, count });

  for (const channel of channels) await postFew(poster, sut, { channel });
  await open(WARMUP_READERS);
  await readers.close();
  await sleep(Math.min(WARMUP_SETTLE_MS, size.settleMs));

  const beforeBytes = treeRssBytes(sut.pid);
  await open(size.readers);
  await sleep(size.settleMs);
  const grownBytes = treeRssBytes(sut.pid) - beforeBytes;
  const { cutOff } = await readers.progress();
  return { bytesPerConnection: grownBytes / size.readers, beforeBytes, cutOff };
}

/** Memory of a system in bytes after its readers have gone and after `posts` further posts. */
export async function measureAfterUse(
  { readers, poster }: LoadProcesses,
  sut: SystemUnderTest,
  { posts, settleMs }: { posts: number; settleMs: number },
): Promise<number> {
  await readers.close();
  const target = sut.postTarget(CHANNEL);
  const load = { connections: POST_CONNECTIONS, durationMs: POSTS_MS };
  const { accepted } = await poster.postFlatOut({ target, ...load, count: posts });
  if (accepted < posts) throw new Error(`${sut.name} accepted only ${accepted} of ${posts} posts`);
  await sleep(settleMs);
  return treeRssBytes(sut.pid);
}
