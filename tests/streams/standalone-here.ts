import type { HubConfig } from '@parley/broadcast/hub.ts';
import { beginPart } from '@parley/kit/part.ts';
import { standaloneSettings } from '@parley/standalone/settings.ts';
import { startStandalone } from '@parley/standalone/standalone.ts';

/** Starts Parley in this process, with sizes that are no settings. The caller disposes of it. */
export async function startHere(
  dataDir: string,
  sizes: Pick<HubConfig, 'readerBytes' | 'backlogBytes'>,
): Promise<{ url: string } & AsyncDisposable> {
  const env = { PORT: '0', MQTT_PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: dataDir };
  const { config, log, metrics, stack } = await beginPart('parley', standaloneSettings, env);
  const { url } = await startStandalone({ ...config, ...sizes }, { log, metrics, stack });
  return { url, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
