import './lean-packets.ts';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { MqttClient } from 'mqtt';
import { readText } from '../settings/settings.ts';
import { type BusAddress, parseBusAddresses } from './addresses.ts';
import type { BusConfig } from './bus-settings.ts';

const RECONNECT_MS = 500;
const CONNECT_LIMIT_MS = 5_000;
const KEEPALIVE_SECONDS = 15;

/** What the broker publishes when a client is gone without a DISCONNECT packet [MQTT-3.1.2-8]. */
export interface BusWill {
  topic: string;
  payload: string;
}

/**
 * Connects to the broker in the background. When the link breaks or is refused, it connects to the
 * next address, without end. The caller ends it. With `clean: false` the broker keeps messages
 * while the client is away.
 * @throws SettingsError when the file with the certificate authority cannot be read
 */
export function connectBus(
  { mqttUrl, mqttCaFile }: BusConfig,
  {
    clientId,
    will,
    clean = true,
  }: { clientId: string; will?: BusWill | undefined; clean?: boolean },
): MqttClient {
  const { nodes, username, password } = parseBusAddresses(mqttUrl);
  const ca = mqttCaFile === '' ? undefined : readText('MQTT_CA_FILE', mqttCaFile);
  let attempts = 0;
  // MQTT.js can choose among addresses itself, but checks every certificate against the first name.
  const nextStream = () => openStream(nodes[attempts++ % nodes.length] ?? nodes[0], ca);
  return new MqttClient(nextStream, {
    clientId,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(will && { will: { ...will, payload: Buffer.from(will.payload), qos: 1, retain: false } }),
    clean,
    protocolVersion: 4,
    reconnectPeriod: RECONNECT_MS,
    reconnectOnConnackError: true,
    connectTimeout: CONNECT_LIMIT_MS,
    keepalive: KEEPALIVE_SECONDS,
    resubscribe: false,
    queueQoSZero: false,
  });
}

function openStream({ host, port, tls }: BusAddress, ca: string | undefined): Socket {
  const name = isIP(host) === 0 && { servername: host };
  const socket = tls
    ? connectTls({ host, port, ...name, ...(ca !== undefined && { ca }) })
    : connectTcp({ host, port });
  // Nagle's algorithm would hold small packets back for up to 40 ms (docs/design.md).
  return socket.setNoDelay(true);
}
