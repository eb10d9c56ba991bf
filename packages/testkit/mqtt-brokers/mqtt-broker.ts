import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PART_USER } from '@parley/broker/access/permissions.ts';
import mqtt from 'mqtt';
import { makeCertificates } from '../credentials/certificates.ts';
import { freePort } from '../processes/free-port.ts';
import { type Command, type ServerProcess, serverProcess } from '../processes/server-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** The password of Parley's services at every broker here. */
export const PART_PASSWORD = 'between parts: $7/8';

/**
 * A broker over TLS, with a password for Parley's services and guests without one: one process or a
 * cluster.
 */
export interface MqttBroker extends AsyncDisposable {
  /** The MQTT ports of its nodes. */
  ports: number[];
  /** PEM file of the authority that signed its certificate. */
  caFile: string;
  /** How the broker's topics contain the dots of channel names. */
  dots: 'plain' | 'escaped';
  /**
   * Its nodes, in the order of `ports`. A node that was ended and begins again listens on the same
   * port.
   */
  nodes: ServerProcess[];
}

/** The folder of a broker's files, and the ports of its nodes. */
export interface BrokerFiles {
  folder: string;
  ports: number[];
  caFile: string;
  certFile: string;
  keyFile: string;
}

/** Settings of a service that uses a broker; every port is one of its addresses. */
export function busOf(
  { ports, caFile, dots }: Pick<MqttBroker, 'ports' | 'caFile' | 'dots'>,
  password = PART_PASSWORD,
) {
  const addresses = ports.map((port) => `mqtts://127.0.0.1:${port}`).join(',');
  const user = `${PART_USER}:${encodeURIComponent(password)}@`;
  return { MQTT_URL: addresses.replace('//', `//${user}`), MQTT_CA_FILE: caFile, MQTT_DOTS: dots };
}

/**
 * Connects an MQTT client to one node, once: as a service if a password is given, else as a guest.
 */
export function connectTo(port: number, caFile: string, password?: string) {
  const options = {
    ca: [readFileSync(caFile)],
    reconnectPeriod: 0,
    ...(password !== undefined && { username: PART_USER, password }),
  };
  return mqtt.connectAsync(`mqtts://127.0.0.1:${port}`, options, false);
}

/**
 * Starts a broker in its own folder; `prepare` writes the files of its nodes and returns the
 * command for each. A broker in whose topics dots have a meaning needs `escaped`.
 */
export async function startMqttBroker(
  count: number,
  prepare: (files: BrokerFiles, stack: AsyncDisposableStack) => Promise<Command[]>,
  dots: MqttBroker['dots'] = 'plain',
): Promise<MqttBroker> {
  await using building = new AsyncDisposableStack();
  const { path: folder } = building.use(await temporaryFolder());
  const certificates = await makeCertificates(join(folder, 'secrets'));
  const { caFile } = certificates;
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const commands = await prepare({ folder, ports, ...certificates }, building);
  const nodes = commands.map((command, i) => startable(command, ports[i] ?? 0, caFile));
  for (const node of nodes) building.defer(() => node.end('SIGKILL'));
  await Promise.all(nodes.map((node) => node.begin()));
  const stack = building.move();
  return {
    ports,
    caFile,
    dots,
    nodes,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function startable(command: Command, port: number, caFile: string): ServerProcess {
  return serverProcess(command, async () => {
    const client = await connectTo(port, caFile, PART_PASSWORD);
    await client.endAsync();
  });
}
