import { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Bus } from '@parley/kit/bus/bus.ts';
import { exportExpiry } from '@parley/kit/certificate-expiry.ts';
import type { Check } from '@parley/kit/http/health-routes.ts';
import type { UpgradeHandler } from '@parley/kit/http/server/http-server.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import type { Client } from 'aedes';
import { openAedes } from './aedes.ts';
import { Clients } from './clients/clients.ts';
import { InboxSpace } from './inbox/inbox-space.ts';
import { Connections } from './listeners/connections.ts';
import { readEndpoints } from './listeners/endpoints.ts';
import { Listeners } from './listeners/listeners.ts';
import { mqttWebSockets, type WebSocketConfig } from './listeners/web-sockets.ts';
import { LocalBus } from './local-bus.ts';
import type { BrokerConfig } from './settings.ts';

interface BrokerParts {
  log: Log;
  metrics: Metrics;
  authenticator: Authenticator;
  embedded?: boolean;
}

/** A running broker; disposing of it closes every connection. */
export interface Broker extends AsyncDisposable {
  /** `mqtt://host:port`, as a program on this machine reaches it; undefined where plain MQTT is off. */
  url: string | undefined;
  /** `mqtts://host:port`, where TLS is on. */
  tlsUrl: string | undefined;
  /** Opens the bus of a service in this process. */
  openBus: (part: string) => Bus;
  /** Handles requests for MQTT over WebSocket. */
  webSockets: UpgradeHandler;
  /**
   * Ends the connections over WebSocket and accepts no more. The HTTP server that gives them to
   * `webSockets` waits for them when it closes, so call this before.
   */
  endWebSockets: () => void;
  checks: Record<'listening', Check>;
}

/**
 * Starts an MQTT 3.1.1 broker over TCP and, where a certificate is given, TLS. With `embedded`
 * there is a plain listener for the services of this process, also when MQTT_PLAIN is off.
 * @throws StartError when it cannot listen, SettingsError when a file cannot be read
 */
export async function startBroker(
  config: BrokerConfig & WebSocketConfig,
  { log, metrics, authenticator, embedded = false }: BrokerParts,
): Promise<Broker> {
  const endpoints = readEndpoints(config, { authenticator, embedded });
  const space = new InboxSpace(metrics);
  const heldBack = (client: Client) => space.heldBytes(client);
  const clients = new Clients(config, { log, metrics, heldBack });
  const partPassword = config.mqttPassword;
  const aedes = await openAedes({ log, metrics, authenticator, partPassword, clients, space });
  if (endpoints.tls) {
    const certificate = new X509Certificate(endpoints.tls.files.cert);
    exportExpiry(metrics, { name: 'broker', certificate });
  }
  const connections = new Connections(config.mqttClientConnections);
  const listeners = new Listeners(endpoints, {
    connections,
    serve: (socket) => clients.serve(socket, socket.remoteAddress),
  });
  const stop = async () => {
    const closed = listeners.close();
    await new Promise<void>((resolve) => aedes.close(resolve));
    connections.destroyAll();
    await closed;
  };
  try {
    await listeners.listen();
  } catch (error) {
    await stop();
    throw error;
  }
  const webSockets = new Set<Duplex>();
  let isEnding = false;
  const serveWebSocket = (connection: Duplex, address: string | undefined) => {
    if (isEnding) return void connection.destroy();
    webSockets.add(connection);
    connection.once('close', () => webSockets.delete(connection));
    connections.add(connection, address);
    clients.serve(connection, address);
  };
  return {
    url: listeners.url,
    tlsUrl: listeners.tlsUrl,
    openBus: (part) => new LocalBus(aedes, { part, metrics }),
    webSockets: mqttWebSockets(config, { metrics, serve: serveWebSocket }),
    endWebSockets() {
      isEnding = true;
      for (const connection of webSockets) connection.destroy();
    },
    checks: { listening: () => listeners.check() },
    [Symbol.asyncDispose]: stop,
  };
}
