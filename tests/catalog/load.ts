import { setTimeout as delay } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { openDemoMessages } from '@parley/catalog/demo-feeds/demo-messages.ts';
import type { NatsServer } from '@parley/testkit/processes/nats-server.ts';
import { type Running, startBare } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import { type RecordLine, readLines } from './read-lines.ts';

/** What a load does to the catalog. */
export interface LoadOptions {
  nats: NatsServer;
  storeUrl: string;
  /** Number of messages of sport_event, and their rate per second. */
  messages: number;
  rate: number;
  killEveryMs: number;
  /** Interval at which every captured message is delivered again from the start. */
  repeatEveryMs: number;
  /** Least time from the first message to the last redelivery of everything. */
  lastRepeatMs: number;
  print?: (line: string) => void;
}

/** What a load did and found. */
export interface LoadReport {
  published: number;
  kills: number;
  repeats: number;
  records: RecordLine[];
  /** The published messages, in order. */
  sent: Uint8Array[];
  /** Number of messages in the stream. */
  captured: number;
  /** Counted since the last start. */
  repeated: number;
  rssMiB: number;
}

const SUBJECT = 'sport_event';
const TICK_MS = 10;

/**
 * Publishes to the catalog while the catalog is killed and everything is redelivered. Then reads
 * what it stored.
 */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const { nats, storeUrl, messages } = options;
  const env = { NATS_URL: nats.url, STORE_URL: storeUrl };
  const connection = await nats.connect();
  let catalog = await startBare('services/catalog', env);
  await until('the subjects are captured', async () => (await consumers(connection)).length === 2);
  const [startedAt, stop] = [performance.now(), new AbortController()];
  let [kills, repeats] = [0, 0];

  async function every(ms: number, work: () => Promise<unknown>): Promise<void> {
    while (!stop.signal.aborted) {
      await delay(ms, undefined, { signal: stop.signal }).catch(() => undefined);
      if (!stop.signal.aborted) await work();
    }
  }
  const killing = every(options.killEveryMs, async () => {
    await catalog.end('SIGKILL');
    catalog = await startBare('services/catalog', env);
    kills++;
  });
  const repeating = every(options.repeatEveryMs, async () => {
    await deliverAgain(connection);
    repeats++;
  });
  const sent = await publish(connection, options);
  const leftMs = options.lastRepeatMs - (performance.now() - startedAt);
  await delay(Math.max(0, leftMs));
  stop.abort();
  await Promise.all([killing, repeating]);
  options.print?.(`${messages} were published, ${kills} kills, ${repeats} repeats`);
  const before = await countDelivered(catalog);
  await deliverAgain(connection);
  await until(
    'everything was delivered again and is stored',
    async () =>
      (await countDelivered(catalog)) - before >= messages &&
      (await countStored(catalog)) >= messages,
    60_000 + messages,
  );
  const manager = await jetstreamManager(connection);
  const captured = (await manager.streams.info('parley-feeds')).state.messages;
  const text = await (await fetch(`${catalog.url}/metrics`)).text();
  const sample = (name: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );
  const report = {
    published: sent.length,
    kills,
    repeats: repeats + 1,
    sent,
    captured,
    records: await readLines(catalog.url, SUBJECT),
    repeated: sample(`parley_catalog_messages_total{feed="${SUBJECT}",outcome="repeated"}`),
    rssMiB: sample('process_resident_memory_bytes') / 2 ** 20,
  };
  await catalog.end('SIGTERM');
  await connection.close();
  return report;
}

async function publish(
  connection: NatsConnection,
  { messages, rate }: Pick<LoadOptions, 'messages' | 'rate'>,
): Promise<Uint8Array[]> {
  const { sportEvent } = openDemoMessages(1);
  const sent: Uint8Array[] = [];
  for (const startedAt = performance.now(); sent.length < messages; ) {
    const due = Math.min(messages, ((performance.now() - startedAt) / 1000) * rate);
    while (sent.length < due) {
      const bytes = sportEvent();
      connection.publish(SUBJECT, bytes);
      sent.push(bytes);
    }
    await delay(TICK_MS);
  }
  await connection.flush();
  return sent;
}

async function consumers(connection: NatsConnection): Promise<string[]> {
  const manager = await jetstreamManager(connection);
  try {
    const infos = await manager.consumers.list('parley-feeds').next();
    return infos.map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Deletes the consumers; new ones begin with the oldest message. */
async function deliverAgain(connection: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(connection);
  for (const name of await consumers(connection)) {
    await manager.consumers.delete('parley-feeds', name).catch(() => undefined);
  }
}

/** The messages that this process has received, each as often as it was delivered. */
async function countDelivered({ url }: Running): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = text.matchAll(
    /messages_total\{feed="sport_event",outcome="(?:stored|repeated)"\} (\d+)/g,
  );
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** The records in the store. */
async function countStored({ url }: Running): Promise<number> {
  const { feeds } = (await (await fetch(`${url}/catalog`)).json()) as {
    feeds: { feed: string; stored: number }[];
  };
  return feeds.find(({ feed }) => feed === SUBJECT)?.stored ?? 0;
}
