import { randomBytes } from 'node:crypto';
import { openBroadcast } from '@parley/broadcast/broadcast.ts';
import type { HubConfig } from '@parley/broadcast/hub.ts';
import { nameInstance, willOf } from '@parley/broadcast/instance.ts';
import { PART_USER } from '@parley/broker/access/permissions.ts';
import { type Broker, startBroker } from '@parley/broker/broker.ts';
import { MQTT_PATH } from '@parley/broker/listeners/web-sockets.ts';
import { openChat } from '@parley/chat/chat.ts';
import { chooseStoreUrl, openStore } from '@parley/chat/store/open-store.ts';
import { openHooks } from '@parley/hooks/hooks.ts';
import { openHookStore } from '@parley/hooks/store/open-store.ts';
import { openBus } from '@parley/kit/bus/bus.ts';
import type { BusConfig } from '@parley/kit/bus/bus-settings.ts';
import type { BusWill } from '@parley/kit/bus/client.ts';
import { openApp } from '@parley/kit/http/app.ts';
import { healthRoutes } from '@parley/kit/http/health-routes.ts';
import { startHttpServer, type UpgradeHandler } from '@parley/kit/http/server/http-server.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import { hooksFileOf } from '@parley/store/sqlite/hooks-file.ts';
import type { StandaloneConfig } from './settings.ts';
import { openStandaloneTokens } from './standalone-tokens.ts';

export interface StandaloneParts {
  log: Log;
  metrics: Metrics;
  /** Owns everything that is opened: disposing of it stops everything in order. */
  stack: AsyncDisposableStack;
}

/** What one of several processes on the same port (PROCESSES) has in common with the others. */
export interface CommonParts {
  /** Shared secret by which the chat of each process trusts the broadcast of any. */
  ownSecret: string;
  /** Gives the metrics of all processes in Prometheus' text format. */
  metricsText: () => Promise<string>;
  /** Handles requests for MQTT over WebSocket where the broker is in another process. */
  mqttWebSockets?: UpgradeHandler | undefined;
}

/** A running Parley, with its broker when that is embedded. */
export interface Standalone {
  /** `http://host:port`. */
  url: string;
  broker: EmbeddedBroker | undefined;
  /** Logs a link that makes the first administrator, where there is no account. */
  offerFirst: () => Promise<void>;
}

/** The embedded broker, and how another process on this machine reaches it. */
type EmbeddedBroker = Pick<Broker, 'openBus' | 'webSockets' | 'endWebSockets'> & {
  link: BusConfig;
};

/**
 * Starts broker, chat, broadcast and the page in this process on one port. They communicate as they
 * do on many machines: by the broker, and broadcast reads the log from chat over HTTP.
 */
export async function startStandalone(
  config: StandaloneConfig & Pick<HubConfig, 'readerBytes' | 'backlogBytes'>,
  { log, metrics, stack, common }: StandaloneParts & { common?: CommonParts },
): Promise<Standalone> {
  const ownSecret = common?.ownSecret ?? randomBytes(24).toString('base64url');
  const store = stack.use(await openStore({ ...config, storeUrl: chooseStoreUrl(config) }, log));
  const tokens = openStandaloneTokens(config);
  const broker = config.mqttUrl
    ? undefined
    : await startEmbeddedBroker(config, {
        log,
        metrics,
        stack,
        authenticator: tokens.authenticator,
      });
  const link = broker?.link ?? config;
  const instance = nameInstance();
  const busOf = (part: string, will?: BusWill) =>
    stack.use(broker?.openBus(part) ?? openBus(config, { part, log, metrics, will }));
  const chatBus = busOf('chat');
  const broadcastBus = busOf('broadcast', willOf(instance));
  const chat = stack.use(
    openChat({ ...config, link }, { log, metrics, store, bus: chatBus, ownSecret, ...tokens }),
  );
  const http = stack.use(
    await startHttpServer({ ...sparingItself(config), reusePort: common !== undefined }, metrics),
  );
  // Closed before the server, which waits for all streams and WebSockets to end.
  if (broker) stack.defer(broker.endWebSockets);
  const broadcast = stack.use(
    openBroadcast(
      { ...config, chatUrl: http.url },
      { log, metrics, bus: broadcastBus, instance, ownSecret, ...tokens },
    ),
  );
  const hooks = stack.use(
    openHooks(
      { ...config, chatUrl: http.url },
      {
        log,
        metrics,
        openBus: () => busOf('hooks'),
        store: stack.use(await openHookStore({ ...config, storeUrl: hooksStoreUrl(config) }, log)),
        authenticator: tokens.authenticator,
        token: tokens.hooksToken,
      },
    ),
  );
  http.serveWebSockets('/broadcast', broadcast.webSockets);
  const mqttWebSockets = broker?.webSockets ?? common?.mqttWebSockets;
  if (mqttWebSockets) http.serveWebSockets(MQTT_PATH, mqttWebSockets);
  const checks = { ...chat.checks, ...broadcast.checks, ...hooks.checks };
  const health = healthRoutes({ checks, metrics, log, metricsText: common?.metricsText });
  const routers = [health, broadcast.router, hooks.router, chat.router];
  http.serve(openApp({ ...config, routers, hotRoutes: chat.hotRoutes, log, metrics }));
  return { url: http.url, broker, offerFirst: () => chat.offerFirst(http.url) };
}

/** Trusts loopback: the process connects to itself, and no limit may apply to these connections. */
function sparingItself(config: StandaloneConfig): StandaloneConfig {
  return { ...config, trustedProxies: `${config.trustedProxies},loopback` };
}

/**
 * The hooks have an SQLite file of their own, so that their writes and those of chat do not wait for
 * each other. In another database their tables are beside those of chat.
 */
function hooksStoreUrl(config: StandaloneConfig): string {
  const storeUrl = chooseStoreUrl(config);
  if (!storeUrl.startsWith('sqlite:')) return storeUrl;
  return hooksFileOf(storeUrl);
}

/**
 * The services' password is new at each start, unless MQTT_PASSWORD sets it for other processes.
 */
async function startEmbeddedBroker(
  config: StandaloneConfig,
  { stack, ...parts }: StandaloneParts & { authenticator: Authenticator },
): Promise<EmbeddedBroker> {
  const mqttPassword = config.mqttPassword || randomBytes(24).toString('base64url');
  const broker = stack.use(
    await startBroker({ ...config, mqttPassword }, { ...parts, embedded: true }),
  );
  const url = new URL(broker.url ?? '');
  url.username = PART_USER;
  url.password = mqttPassword;
  const { tlsUrl: mqtts, webSockets, endWebSockets, openBus } = broker;
  parts.log.info(
    { mqtt: config.mqttPlain === 'on' ? broker.url : undefined, mqtts },
    'broker is ready',
  );
  return {
    link: { mqttUrl: url.href, mqttCaFile: '', mqttDots: 'plain', mqttGroups: 'auto' },
    webSockets,
    endWebSockets,
    openBus,
  };
}
