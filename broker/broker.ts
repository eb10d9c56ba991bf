import { X509Certificate } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { ENDED_SESSIONS_TOPIC } from '@parley/contract/channels/topic.ts';
import { exportExpiry } from '@parley/kit/certificate-expiry.ts';
import type { Check } from '@parley/kit/http/health-routes.ts';
import { listOrigins } from '@parley/kit/http/origins.ts';
import type { HttpConfig, UpgradeHandler } from '@parley/kit/http/server/http-server.ts';
import { listen, reachableAddress } from '@parley/kit/http/server/listen.ts';
import { openAddressOf } from '@parley/kit/limits/address-of.ts';
import { clientKey } from '@parley/kit/limits/client-key.ts';
import { openCounts } from '@parley/kit/limits/open-counts.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import { StartError } from '@parley/kit/run.ts';
import type { Gate } from '@parley/kit/tokens/gate.ts';
import { takeInEndedSession } from '@parley/kit/tokens/hear-ended-sessions.ts';
import { Aedes } from 'aedes';
import { unsubscribeComposed } from './access/composed-filters.ts';
import { openAdmission } from './clients/admission.ts';
import { Clients } from './clients/clients.ts';
import { openSigning } from './inbox/inbox-payload.ts';
import { InboxRoom } from './inbox/inbox-room.ts';
import { readTls } from './listeners/tls.ts';
import { mqttWebSockets } from './listeners/web-sockets.ts';
import { findRetainedByTopic } from './retained/retained-messages.ts';
import { openRules } from './rules.ts';
import type { BrokerConfig } from './settings.ts';

interface BrokerParts {
  log: Log;
  metrics: Metrics;
  gate: Gate;
  embedded?: boolean;
}

/** A running broker; disposing of it closes every connection. */
export interface Broker extends AsyncDisposable {
  /** `mqtt://host:port`, as a program on this machine reaches it; undefined where plain MQTT is off. */
  url: string | undefined;
  /** `mqtts://host:port`, where TLS is on. */
  tlsUrl: string | undefined;
  /** Handles requests for MQTT over WebSocket. */
  webSockets: UpgradeHandler;
  checks: Record<'listening', Check>;
}

/** How long bytes may stay unsent before their client is cut; aedes waits a minute by default. */
const DRAIN_LIMIT_MS = 5_000;
const CONNECT_LIMIT_MS = 5_000;
/** Messages of QoS 2 that one client may leave without PUBREL. */
const HALF_SENT_MAX = 100;
/**
 * Address of the listener for services in the same process, when plain MQTT is off for other
 * clients.
 */
const INSIDE = { host: '127.0.0.1', port: 0 };
const LOOPBACK = /^(?:127(?:\.\d+){3}|::1|localhost)$/;

/**
 * Starts an MQTT 3.1.1 broker over TCP and, where a certificate is given, TLS. With `embedded`
 * there is a plain listener for the services of this process, also when MQTT_PLAIN is off.
 * @throws StartError when it cannot listen, SettingsError when a file cannot be read
 */
export async function startBroker(
  config: BrokerConfig & Pick<HttpConfig, 'serverName' | 'corsOrigins' | 'trustedProxies'>,
  { log, metrics, gate, embedded = false }: BrokerParts,
): Promise<Broker> {
  checkReach(config, gate);
  const tls = readTls(config);
  const plainAt = plainAddress(config, { tls: tls !== undefined, embedded });
  const room = new InboxRoom();
  const clients = new Clients(config, {
    log,
    metrics,
    heldBack: (client) => room.heldBytes(client),
  });
  const partPassword = config.mqttPassword;
  const admit = openAdmission({ clients, partPassword, gate });
  const sign = openSigning({
    partPassword,
    addressOf: (client) => clients.addressOf(client),
    tokenOf: (client) => clients.rightsOf(client).identity?.token,
  });
  const aedes = await Aedes.createBroker({
    drainTimeout: DRAIN_LIMIT_MS,
    connectTimeout: CONNECT_LIMIT_MS,
    maxInflightInbound: HALF_SENT_MAX,
    ...openRules({ clients, admit, room, sign }),
  });
  const retainedBytes = findRetainedByTopic(aedes);
  unsubscribeComposed(aedes);
  room.follow(aedes);
  clients.attach(aedes);
  exportMemory(metrics, { retainedBytes, inbox: () => room.waiting });
  // Only Parley's services may publish to this topic.
  aedes.on('publish', ({ topic, payload }) => {
    if (topic === ENDED_SESSIONS_TOPIC) takeInEndedSession(Buffer.from(payload), gate.ended, log);
  });
  if (tls) exportExpiry(metrics, { name: 'broker', certificate: new X509Certificate(tls.cert) });

  const { mqttHost: host, mqttTlsPort } = config;
  const sockets = new Set<Duplex>();
  const counts = openCounts(config.mqttClientConnections);
  const track = (connection: Duplex, address: string | undefined) => {
    const key = clientKey(address);
    if (counts?.isFull(key)) return void connection.destroy();
    sockets.add(connection);
    const leave = counts?.enter(key);
    connection.once('close', () => {
      sockets.delete(connection);
      leave?.();
    });
  };
  const trackSocket = (socket: Socket) => track(socket, socket.remoteAddress);
  const handle = (socket: Socket) => clients.serve(aedes, socket, socket.remoteAddress);
  const plain = plainAt && createServer(handle).on('connection', trackSocket);
  const secure =
    tls &&
    createTlsServer({ ...tls, handshakeTimeout: CONNECT_LIMIT_MS }, handle).on(
      'connection',
      trackSocket,
    );
  const servers = [plain, secure].filter((server) => server !== undefined);
  const stop = async () => {
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    await new Promise<void>((resolve) => aedes.close(resolve));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  };
  try {
    if (plain) await listen(plain, { ...plainAt, setting: 'MQTT_PORT' });
    if (secure) await listen(secure, { host, port: mqttTlsPort, setting: 'MQTT_TLS_PORT' });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: plain && `mqtt://${reachableAddress(plain)}`,
    tlsUrl: secure && `mqtts://${reachableAddress(secure)}`,
    webSockets: mqttWebSockets(
      {
        serverName: config.serverName,
        origins: listOrigins(config.corsOrigins),
        addressOf: openAddressOf(config.trustedProxies),
        metrics,
      },
      (connection, address) => {
        track(connection, address);
        clients.serve(aedes, connection, address);
      },
    ),
    checks: {
      async listening() {
        if (!servers.every(({ listening }) => listening)) throw new Error('not listening');
      },
    },
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * Without a password every client counts as one of Parley's services, so only loopback may be used.
 */
function checkReach({ mqttHost, mqttPassword }: BrokerConfig, gate: Gate): void {
  if (mqttPassword !== '') return;
  if (!gate.open)
    throw new StartError(
      'AUTH=required needs MQTT_PASSWORD: without it every client has all rights',
    );
  if (LOOPBACK.test(mqttHost)) return;
  throw new StartError(
    `MQTT_HOST ${mqttHost} is not loopback: set MQTT_PASSWORD, or any client could publish events`,
  );
}

function plainAddress(
  { mqttPlain, mqttHost: host, mqttPort: port }: BrokerConfig,
  { tls, embedded }: { tls: boolean; embedded: boolean },
): { host: string; port: number } | undefined {
  if (mqttPlain === 'on') return { host, port };
  if (!tls) throw new StartError('MQTT_PLAIN=off needs MQTT_TLS_CERT_FILE and MQTT_TLS_KEY_FILE');
  return embedded ? INSIDE : undefined;
}

function exportMemory(
  metrics: Metrics,
  { retainedBytes, inbox }: { retainedBytes: () => number; inbox: () => number },
): void {
  metrics.gauge({
    name: 'parley_broker_retained_bytes',
    help: 'Bytes of retained messages; at most 67108864.',
    collect: retainedBytes,
  });
  metrics.gauge({
    name: 'parley_broker_inbox_waiting',
    help: 'Messages of devices that wait for chat; at most 1000, and 16 MB.',
    collect: inbox,
  });
}
