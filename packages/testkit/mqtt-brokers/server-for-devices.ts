import { metric } from '../metric.ts';
import { freePort } from '../processes/free-port.ts';
import { type Running, start } from '../processes/running.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { until } from '../until.ts';

/** A server in one process that devices can post to. */
export interface ServerForDevices {
  parley: Running;
  mqttUrl: string;
  /** The server's data folder. */
  folder: string;
}

/** Starts a server and waits until it receives from devices. The stack ends it. */
export async function startForDevices(
  stack: AsyncDisposableStack,
  more: Record<string, string> = {},
): Promise<ServerForDevices> {
  const { path: folder } = stack.use(await temporaryFolder());
  const mqttPort = await freePort();
  const env = { DATA_DIR: folder, MQTT_PORT: String(mqttPort), CANARY_SECONDS: '0', ...more };
  const parley = stack.use(await start('services/standalone', env));
  await inboxOpened(parley.url);
  return { parley, mqttUrl: `mqtt://127.0.0.1:${mqttPort}`, folder };
}

/** Resolves when the chat at an address receives from devices. */
export const inboxOpened = (url: string) =>
  until('the inbox is open', async () => (await metric(url, 'parley_inbox_open')) === 1);
