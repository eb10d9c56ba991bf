import { X509Certificate } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { ENDED_SESSIONS_TOPIC } from '@parley/contract/topic.ts';
import { exportExpiry } from '@parley/kit/certificate-expiry.ts';
import type { Check } from '@parley/kit/health-routes.ts';
import { listen, reachableAddress } from '@parley/kit/listen.ts';
import type { Log } from '@parley/kit/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import { StartError } from '@parley/kit/run.ts';
import type { Gate } from '@parley/kit/tokens/gate.ts';
import { takeInEndedSession } from '@parley/kit/tokens/hear-ended-sessions.ts';
import { Aedes } from 'aedes';
import { type Admit, openAdmission } from './admission.ts';
import { mayReceive, maySubscribe, publishRefusal } from './client-checks.ts';
import type { BrokerConfig } from './settings.ts';
import { readTls } from './tls.ts';

/** A running broker; disposing of it closes every connection. */
export interface Broker extends AsyncDisposable {
  /** `mqtt://host:port`, as a program on this machine reaches it. */
  url: string;
  /** `mqtts://host:port`, where TLS is on. */
  tlsUrl: string | undefined;
  checks: Record<'listening', Check>;
}

/** How long one reader that takes nothing may hold up the others; aedes waits a minute by default. */
const DRAIN_LIMIT_MS = 2_000;
const CONNECT_LIMIT_MS = 5_000;
const LOOPBACK = /^(?:127(?:\.\d+){3}|::1|localhost)$/;

/**
 * Starts an MQTT 3.1.1 broker over TCP and, where a certificate is given, TLS.
 * @throws StartError when it cannot listen, SettingsError when a file cannot be read
 */
export async function startBroker(
  config: BrokerConfig,
  { log, metrics, gate }: { log: Log; metrics: Metrics; gate: Gate },
): Promise<Broker> {
  checkReach(config, gate);
  const tls = readTls(config);
  const aedes = await Aedes.createBroker({
    drainTimeout: DRAIN_LIMIT_MS,
    connectTimeout: CONNECT_LIMIT_MS,
    ...rules(openAdmission(config.mqttPassword, gate)),
  });
  watch(aedes, { log, metrics });
  // Only parts may publish there.
  aedes.on('publish', ({ topic, payload }) => {
    if (topic === ENDED_SESSIONS_TOPIC) takeInEndedSession(Buffer.from(payload), gate.ended, log);
  });
  if (tls) exportExpiry(metrics, { name: 'broker', certificate: new X509Certificate(tls.cert) });

  const { mqttHost: host, mqttPort, mqttTlsPort } = config;
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const handle = (socket: Socket) => {
    // Otherwise Nagle's algorithm holds small packets back for up to 40 ms (DESIGN).
    socket.setNoDelay(true);
    aedes.handle(socket);
  };
  const plain = createServer(handle).on('connection', track);
  const secure =
    tls &&
    createTlsServer({ ...tls, handshakeTimeout: CONNECT_LIMIT_MS }, handle).on('connection', track);
  const servers = secure ? [plain, secure] : [plain];
  const stop = async () => {
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    await new Promise<void>((resolve) => aedes.close(resolve));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  };
  try {
    await listen(plain, { host, port: mqttPort, setting: 'MQTT_PORT' });
    if (secure) await listen(secure, { host, port: mqttTlsPort, setting: 'MQTT_TLS_PORT' });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `mqtt://${reachableAddress(plain)}`,
    tlsUrl: secure && `mqtts://${reachableAddress(secure)}`,
    checks: {
      async listening() {
        if (!servers.every(({ listening }) => listening)) throw new Error('not listening');
      },
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** Without a password everybody is one of the parts, so nobody else may reach the broker. */
function checkReach({ mqttHost, mqttPassword }: BrokerConfig, gate: Gate): void {
  if (mqttPassword !== '') return;
  if (!gate.open)
    throw new StartError('AUTH=required needs MQTT_PASSWORD: without it all are parts');
  if (LOOPBACK.test(mqttHost)) return;
  throw new StartError(
    `MQTT_HOST ${mqttHost} is not loopback: set MQTT_PASSWORD, or anybody could publish events`,
  );
}

function rules(admit: Admit): ConstructorParameters<typeof Aedes>[0] {
  return {
    authenticate(client, user, given, done) {
      admit(client, user, given).then(
        (admitted) => done(null, admitted),
        (error) => done(error, false),
      );
    },
    authorizePublish: (client, packet, done) =>
      done(client ? publishRefusal(client, packet) : null),
    authorizeSubscribe: (client, subscription, done) =>
      done(null, maySubscribe(client, subscription) ? subscription : null),
    authorizeForward: (client, packet) => (mayReceive(client, packet.topic) ? packet : null),
  };
}

function watch(aedes: Aedes, { log, metrics }: { log: Log; metrics: Metrics }): void {
  metrics.gauge({
    name: 'parley_broker_clients',
    help: 'MQTT clients connected to the broker.',
    collect: () => aedes.connectedClients,
  });
  const errors = metrics.counter({
    name: 'parley_broker_client_errors_total',
    help: 'MQTT clients that the broker refused or lost to an error.',
  });
  const failed = (client: { id: string }, error: Error) => {
    errors.inc();
    log.info({ client: client.id, cause: error.message }, 'broker: client error');
  };
  aedes.on('clientError', failed);
  aedes.on('connectionError', failed);
}
