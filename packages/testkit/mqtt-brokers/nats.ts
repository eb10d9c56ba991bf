import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PART_USER, PERMISSIONS } from '@parley/broker/access/permissions.ts';
import { freePort } from '../processes/free-port.ts';
import type { Command } from '../processes/server-process.ts';
import { NATS } from '../real-parts.ts';
import {
  type BrokerFiles,
  type MqttBroker,
  PART_PASSWORD,
  startMqttBroker,
} from './mqtt-broker.ts';

const NODES = 3;

/** Starts a NATS cluster of three nodes, each with JetStream and MQTT. */
export function startNatsCluster(): Promise<MqttBroker> {
  return startMqttBroker(NODES, prepare, 'escaped');
}

async function prepare(files: BrokerFiles): Promise<Command[]> {
  const routes = await Promise.all(Array.from({ length: NODES }, freePort));
  return Promise.all(
    routes.map(async (_, node) => {
      const file = join(files.folder, `nats-${node}.conf`);
      await writeFile(file, await encodeConf(files, routes, node), { mode: 0o600 });
      return { file: NATS, args: ['-c', file] };
    }),
  );
}

async function encodeConf(files: BrokerFiles, routes: number[], node: number): Promise<string> {
  const address = (port: number | undefined) => `"127.0.0.1:${port}"`;
  return `
server_name: "parley-${node}"
listen: ${address(await freePort())}
jetstream { store_dir: "${join(files.folder, `nats-${node}`)}" }
cluster {
  name: parley
  listen: ${address(routes[node])}
  routes: [${routes.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ')}]
}
mqtt {
  listen: ${address(files.ports[node])}
  no_auth_user: guest
  tls { cert_file: "${files.certFile}", key_file: "${files.keyFile}" }
}
authorization {
  users: [
    { user: ${PART_USER}, password: "${PART_PASSWORD}" }
    {
      user: guest, password: "guest"
      permissions {
        publish { allow: ${subjects(PERMISSIONS.guest.write)} }
        subscribe { allow: ${subjects([...PERMISSIONS.guest.read, '$MQTT/sub/#'])} }
      }
    }
  ]
}
`;
}

/**
 * MQTT topic filters as NATS subjects. Unlike `#` in MQTT, `>` in NATS does not match the parent
 * level.
 */
function subjects(filters: readonly string[]): string {
  const all = filters.flatMap((filter) => {
    const subject = filter.replaceAll('/', '.').replaceAll('+', '*');
    return subject.endsWith('.#') ? [subject.slice(0, -2), subject.replace('#', '>')] : [subject];
  });
  return JSON.stringify(all);
}
