import { setTimeout as sleep } from 'node:timers/promises';
import { eventsTopic } from '@parley/contract/channels/topic.ts';
import { startPostgres } from '@parley/testkit/databases/databases.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import mqtt from 'mqtt';
import { CHANNEL, LoadProcesses, openAudience } from '../audience.ts';
import type { Bench } from '../bench.ts';
import { type Figure, mustBeZero } from '../figure.ts';
import { type Costs, measureCosts } from '../post-costs.ts';
import { type Parts, startParts } from '../system/parts.ts';
import { cpuDuring, treeRssBytes } from '../system/proc-stat.ts';

const FULL = { readers: 1000, idleMs: 3000, durationMs: 4000 };
const QUICK = { readers: 50, idleMs: 500, durationMs: 800 };
const POSTS_PER_SECOND = 500;
const FEW_PER_SECOND = 20;
/** Additional subscribers of the broker. */
const COPIES = 10;
const MB = 1e6;

/** Cost of each service as a separate process: idle, for a post, and for a delivery. */
export async function parts(bench: Bench): Promise<Figure[]> {
  const storeUrl = `sqlite:${bench.sandbox.makeDir('store')}/parley.db`;
  const measured: Costs<string>[] = [];
  const figures: Figure[] = [];
  {
    await using running = await startParts(bench, { storeUrl, broadcasts: 2 });
    figures.push(...(await measureIdle(bench, running)));
    bench.print(`${POSTS_PER_SECOND} posts/s to one broadcast, then to ${COPIES} more`);
    figures.push(...(await postToSome(bench, { running, measured })));
    bench.print('deliveries');
    figures.push(...(await deliver(bench, { running, measured })));
  }
  bench.print('PostgreSQL');
  figures.push(...(await postToPostgres(bench, measured)));
  return [
    ...figures,
    mustBeZero('events missing', Math.max(...measured.map(({ missing }) => missing))),
    mustBeZero('events repeated', Math.max(...measured.map(({ repeated }) => repeated))),
  ];
}

interface Scene {
  running: Parts;
  /** Measurements so far. */
  measured: Costs<string>[];
}

async function measureIdle({ quick }: Bench, running: Parts): Promise<Figure[]> {
  const { idleMs } = quick ? QUICK : FULL;
  const { unread: broadcast, ...others } = pidsOf(running);
  const pids = { broker: others.broker, chat: others.chat, broadcast };
  const cpu = await cpuDuring(pids, () => sleep(idleMs));
  return (['broker', 'chat', 'broadcast'] as const).flatMap((name) => [
    { name: `${name}: RSS when idle`, value: treeRssBytes(pids[name]) / MB, unit: 'MB' },
    { name: `${name}: CPU when idle`, value: cpu[name] / 10 / idleMs, unit: '% of a core' },
  ]);
}

/**
 * Posts while one broadcast reads the channel, then the same posts with COPIES more subscribers.
 */
async function postToSome(bench: Bench, { running, measured }: Scene): Promise<Figure[]> {
  const { durationMs } = bench.quick ? QUICK : FULL;
  const target = running.readAt(running.broadcasts[0]);
  await using load = new LoadProcesses(bench.sandbox);
  await openAudience(load, target, { count: 1, sampleEvery: 0 });
  const plan = { load, target, pids: pidsOf(running), durationMs };
  const one = await measureCosts({ ...plan, postsPerSecond: POSTS_PER_SECOND });
  await using copies = new AsyncDisposableStack();
  for (let i = 0; i < COPIES; i++) copies.use(await subscribe(running.broker));
  const many = await measureCosts({ ...plan, postsPerSecond: POSTS_PER_SECOND, warm: true });
  measured.push(one, many);
  const eachUs = (many.perPostUs.broker - one.perPostUs.broker) / COPIES;
  return [
    cost('chat: CPU per post, SQLite', (one.perPostUs.chat + many.perPostUs.chat) / 2),
    cost('broker: CPU per post, one broadcast reads', one.perPostUs.broker),
    cost('broker: CPU per post for each further broadcast', eachUs),
    cost('broadcast: CPU per post, one reader', one.perPostUs.broadcast),
    cost('broadcast: CPU per post, no reader of the channel', one.perPostUs.unread),
  ];
}

/** Subscribes to the channel's events as another broadcast would. */
async function subscribe({ url }: Parts['broker']): Promise<AsyncDisposable> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 4 });
  await client.subscribeAsync(eventsTopic(CHANNEL), { qos: 0 });
  return { [Symbol.asyncDispose]: () => client.endAsync(true) };
}

/**
 * Few posts a second, each with a write of its own, then many, where several posts share a write.
 */
async function deliver(bench: Bench, { running, measured }: Scene): Promise<Figure[]> {
  const { readers, durationMs } = bench.quick ? QUICK : FULL;
  const target = running.readAt(running.broadcasts[0]);
  await using load = new LoadProcesses(bench.sandbox);
  await openAudience(load, target, { count: readers, sampleEvery: 0 });
  const figures: Figure[] = [];
  for (const postsPerSecond of [FEW_PER_SECOND, POSTS_PER_SECOND]) {
    const pids = pidsOf(running);
    const plan = { load, target, pids, postsPerSecond, durationMs, warm: true };
    const costs = await measureCosts(plan);
    measured.push(costs);
    const us = (costs.perPostUs.broadcast * costs.posts) / costs.deliveries;
    figures.push(cost(`broadcast: CPU per delivery, ${readers} readers, ${postsPerSecond}/s`, us));
  }
  return figures;
}

/** Cost of a post for chat and for PostgreSQL. No figures where PostgreSQL is not installed. */
async function postToPostgres(bench: Bench, measured: Scene['measured']): Promise<Figure[]> {
  if (needs('postgresql').skip) return [];
  const { durationMs } = bench.quick ? QUICK : FULL;
  await using database = await startPostgres({ parent: bench.sandbox.dir });
  await using running = await startParts(bench, { storeUrl: await database.create('bench') });
  const target = running.readAt(running.broadcasts[0]);
  await using load = new LoadProcesses(bench.sandbox);
  await openAudience(load, target, { count: 1, sampleEvery: 0 });
  const pids = { ...pidsOf(running), store: database.pid };
  const plan = { load, target, pids, postsPerSecond: POSTS_PER_SECOND, durationMs };
  const costs = await measureCosts(plan);
  measured.push(costs);
  return [
    cost('chat: CPU per post, PostgreSQL', costs.perPostUs.chat),
    cost('PostgreSQL: CPU per post', costs.perPostUs.store),
  ];
}

function cost(name: string, value: number): Figure {
  return { name, value, unit: 'us' };
}

/** Process ids. `unread` is the last broadcast, which has no readers. */
function pidsOf({ broker, chats: [chat], broadcasts }: Parts) {
  const [broadcast] = broadcasts;
  const unread = broadcasts.at(-1) ?? broadcast;
  return { broker: broker.pid, chat: chat.pid, broadcast: broadcast.pid, unread: unread.pid };
}
