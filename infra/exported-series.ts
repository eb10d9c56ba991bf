import { writeFile } from 'node:fs/promises';
import { post } from '@parley/testkit/clients/post.ts';
import { makeCertificate } from '@parley/testkit/credentials/certificates.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { addSeries, type Series } from './prometheus/series.ts';

/** Series that Prometheus adds. */
const OWN_SERIES = 'up 1\nALERTS{alertname="",alertstate="firing",severity=""} 1\n';

/** The metrics of each job as text. */
export type Exported = Record<'broker' | 'chat' | 'broadcast' | 'catalog' | 'hooks', string>;

/** Starts each service, makes some traffic, and reads their metrics. */
export async function exportedMetrics(): Promise<Exported> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const { cert, key } = await makeCertificate('localhost');
  await writeFile(`${folder.path}/broker.crt`, cert);
  await writeFile(`${folder.path}/broker.key`, key);
  const broker = stack.use(
    await start('broker', {
      MQTT_TLS_PORT: '0',
      MQTT_TLS_CERT_FILE: `${folder.path}/broker.crt`,
      MQTT_TLS_KEY_FILE: `${folder.path}/broker.key`,
    }),
  );
  const { mqtt = '' } = broker.ready;
  const chat = stack.use(
    await start('services/chat', {
      MQTT_URL: mqtt,
      STORE_URL: `sqlite:${folder.path}/parley.db`,
      BACKUP_DIR: folder.path,
    }),
  );
  const broadcast = stack.use(
    await start('services/broadcast', {
      MQTT_URL: mqtt,
      CHAT_URL: chat.url,
      CANARY_SECONDS: '1',
      MAX_STREAMS: '1',
    }),
  );
  const catalog = stack.use(
    await start('services/catalog', {
      NATS_URL: 'nats://127.0.0.1:1',
      STORE_URL: `sqlite:${folder.path}/catalog.db`,
    }),
  );
  const hooks = stack.use(
    await start('services/hooks', {
      MQTT_URL: mqtt,
      CHAT_URL: chat.url,
      STORE_URL: `sqlite:${folder.path}/hooks.db`,
    }),
  );
  await makeTraffic(chat, broadcast);
  return {
    broker: await metrics(broker),
    chat: await metrics(chat),
    broadcast: await metrics(broadcast),
    catalog: await metrics(catalog),
    hooks: await metrics(hooks),
  };
}

/** The exported metrics as series, with the labels and the series that Prometheus adds. */
export function asSeries(exported: Exported): Series {
  const series: Series = new Map();
  for (const [job, text] of Object.entries(exported)) {
    addSeries(series, text + OWN_SERIES, { job, instance: `${job}:1` });
  }
  return series;
}

/** Makes a post, a page of the log, a transcript, a 404, a stream, and a stream over the limit. */
async function makeTraffic(chat: Running, broadcast: Running): Promise<void> {
  await using leaving = new AsyncDisposableStack();
  // Referenced until the end: garbage collection can end a response without a reference.
  const stream = await fetch(`${broadcast.url}/broadcast/lobby`);
  leaving.defer(() => stream.body?.cancel());
  await post(chat.url, 'lobby', 'hi');
  for (const url of [
    `${chat.url}/chat/lobby`,
    `${chat.url}/chat/lobby/events`,
    `${chat.url}/nowhere/at/all`,
    `${broadcast.url}/broadcast/lobby`,
  ]) {
    await (await fetch(url)).text();
  }
  await until('a canary has arrived', async () =>
    /^parley_canary_seconds_count [1-9]/m.test(await metrics(broadcast)),
  );
}

async function metrics({ url }: Running): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}
