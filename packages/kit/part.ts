import { hostname } from 'node:os';
import { type BusConfig, busSettings } from './bus/bus-settings.ts';
import { type HttpConfig, httpSettings } from './http/server/http-server.ts';
import { chooseLimits } from './limits/choose-limits.ts';
import { type Log, type LogConfig, logSettings, openLog } from './log/log.ts';
import { Metrics } from './metrics.ts';
import manifest from './package.json' with { type: 'json' };
import { loadSettings, type Settings } from './settings/settings.ts';

/** Settings of every service that runs as its own process. */
export type PartConfig = HttpConfig & LogConfig;

/** Settings of a service that listens for HTTP and writes a log. */
export function partSettings(defaultPort: number): Settings<PartConfig> {
  return { ...httpSettings(defaultPort), ...logSettings };
}

/** Settings of a service that also connects to the broker. */
export function busPartSettings(defaultPort: number): Settings<PartConfig & BusConfig> {
  return { ...partSettings(defaultPort), ...busSettings };
}

/**
 * Opens what every service needs: its settings, log and metrics, and a stack for everything else
 * that the service opens. The stack closes first what was opened last.
 * @throws SettingsError
 */
export async function beginPart<C extends PartConfig>(
  part: string,
  settings: Settings<C>,
  env: NodeJS.ProcessEnv,
): Promise<{ config: Readonly<C>; log: Log; metrics: Metrics; stack: AsyncDisposableStack }> {
  const loaded = loadSettings(settings, env);
  const limited = chooseLimits(loaded);
  const config = Object.freeze({ ...limited, serverName: loaded.serverName || hostname() });
  const metrics = new Metrics();
  metrics.collectProcess();
  exportBuild(metrics, part);
  return { config, log: await openLog(config, part), metrics, stack: new AsyncDisposableStack() };
}

function exportBuild(metrics: Metrics, part: string): void {
  const build = metrics.gauge({
    name: 'parley_build_info',
    help: 'Always 1; the labels name the service and its version.',
    labels: ['part', 'version'],
  });
  build.set({ part, version: manifest.version }, 1);
}
