import { existsSync } from 'node:fs';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { openDemoMessages } from '@parley/catalog/demo-feeds/demo-messages.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { startNats } from '@parley/testkit/processes/nats-server.ts';
import { NATS } from '@parley/testkit/real-parts.ts';
import type { Bench } from '../bench.ts';
import { type Figure, mustBeZero } from '../figure.ts';
import { Skip } from '../skip.ts';
import { startProgram } from '../system/program.ts';
import { waitUntil } from '../system/wait-until.ts';

const SUBJECT = 'sport_event';
const FULL_COUNT = 200_000;
const QUICK_COUNT = 10_000;
/** Messages published between two flushes, so that the server's buffer does not overflow. */
const CHUNK = 1_000;
const LIMIT_MS = 120_000;

interface FeedLine {
  feed: string;
  stored: number;
}

/**
 * How fast the catalog stores, on SQLite, the messages that were published while it was stopped.
 */
export async function catalog(bench: Bench): Promise<Figure[]> {
  if (!existsSync(NATS)) throw new Skip('nats-server is not installed');
  const count = bench.quick ? QUICK_COUNT : FULL_COUNT;
  const folder = bench.sandbox.makeDir('catalog');
  await using nats = await startNats(folder);
  const port = await freePort();
  const env = { NATS_URL: nats.url, STORE_URL: `sqlite:${folder}/catalog.db` };
  const start = () =>
    startProgram(bench.sandbox, {
      program: 'services/catalog',
      name: 'catalog',
      folder,
      port,
      env,
    });
  // The first start creates the streams that capture the subjects.
  const first = await start();
  const connection = await nats.connect();
  await waitUntil(() => isCaptured(connection), { timeoutMs: LIMIT_MS });
  await bench.sandbox.stop(first, 'ask');
  await publish(connection, count);
  bench.print(`${count} messages wait in NATS`);
  const child = await start();
  const startedAt = performance.now();
  const before = await stored(port);
  await waitUntil(async () => (await stored(port)) >= count, { timeoutMs: LIMIT_MS, everyMs: 20 });
  const seconds = (performance.now() - startedAt) / 1000;
  const found = await stored(port);
  await bench.sandbox.stop(child, 'kill');
  const target = { of: 'value', atLeast: 10_000 } as const;
  return [
    { name: 'stored from a backlog', value: (found - before) / seconds, unit: '/s', target },
    mustBeZero('messages not stored', count - found),
  ];
}

async function isCaptured(connection: NatsConnection): Promise<boolean> {
  const manager = await jetstreamManager(connection);
  const [stream] = await manager.streams.names(SUBJECT).next();
  return stream !== undefined;
}

async function publish(connection: NatsConnection, count: number): Promise<void> {
  const { sportEvent } = openDemoMessages(1);
  for (let i = 1; i <= count; i++) {
    connection.publish(SUBJECT, sportEvent());
    if (i % CHUNK === 0) await connection.flush();
  }
  await connection.flush();
  await connection.close();
}

async function stored(port: number): Promise<number> {
  const { feeds } = (await (await fetch(`http://127.0.0.1:${port}/catalog`)).json()) as {
    feeds: FeedLine[];
  };
  return feeds.find(({ feed }) => feed === SUBJECT)?.stored ?? 0;
}
