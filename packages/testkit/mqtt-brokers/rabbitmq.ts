import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PART_USER, PERMISSIONS, type Permissions } from '@parley/broker/access/permissions.ts';
import { freePort } from '../processes/free-port.ts';
import type { Command } from '../processes/server-process.ts';
import { RABBITMQ } from '../real-parts.ts';
import {
  type BrokerFiles,
  type MqttBroker,
  PART_PASSWORD,
  startMqttBroker,
} from './mqtt-broker.ts';

const GUEST = { name: 'parley-guest', password: 'guest' };

/** Starts RabbitMQ with its MQTT plugin, and Erlang's name server on its own port. */
export function startRabbitMq(): Promise<MqttBroker> {
  return startMqttBroker(1, prepare, 'escaped');
}

async function prepare(files: BrokerFiles, stack: AsyncDisposableStack): Promise<Command[]> {
  const [epmdPort, distPort] = await Promise.all([freePort(), freePort()]);
  const inFolder = (name: string) => join(files.folder, name);
  await mkdir(inFolder('home'));
  await writeFile(inFolder('rabbitmq.conf'), encodeConf(files), { mode: 0o600 });
  await writeFile(inFolder('definitions.json'), encodeDefinitions(), { mode: 0o600 });
  await writeFile(inFolder('enabled'), '[rabbitmq_mqtt].');
  stack.use(startEpmd(epmdPort));
  const env = {
    PATH: process.env.PATH,
    HOME: inFolder('home'),
    ERL_EPMD_PORT: String(epmdPort),
    RABBITMQ_NODENAME: 'parley@localhost',
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_MNESIA_BASE: inFolder('mnesia'),
    RABBITMQ_LOG_BASE: inFolder('log'),
    RABBITMQ_CONFIG_FILE: inFolder('rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: inFolder('enabled'),
    // With it the script becomes the server instead of waiting for it, so that only one process
    // must be ended.
    RABBITMQ_ALLOW_INPUT: '1',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-noinput',
  };
  return [{ file: RABBITMQ, args: [], env }];
}

/** Otherwise Erlang starts a name server itself, which outlives RabbitMQ. */
function startEpmd(port: number): AsyncDisposable {
  const child = spawn('epmd', ['-address', '127.0.0.1', '-port', String(port)], {
    stdio: 'ignore',
  });
  return {
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function encodeConf({ folder, ports, caFile, certFile, keyFile }: BrokerFiles): string {
  return `
listeners.tcp = none
mqtt.listeners.tcp = none
mqtt.listeners.ssl.default = 127.0.0.1:${ports[0]}
mqtt.tcp_listen_options.nodelay = true
ssl_options.cacertfile = ${caFile}
ssl_options.certfile = ${certFile}
ssl_options.keyfile = ${keyFile}
mqtt.allow_anonymous = true
mqtt.default_user = ${GUEST.name}
mqtt.default_pass = ${GUEST.password}
load_definitions = ${join(folder, 'definitions.json')}
`;
}

function encodeDefinitions(): string {
  const users = [
    user(PART_USER, PART_PASSWORD, PERMISSIONS.part),
    user(GUEST.name, GUEST.password, PERMISSIONS.guest),
  ];
  return JSON.stringify({
    vhosts: [{ name: '/' }],
    users: users.map(({ account }) => account),
    permissions: users.map(({ resources }) => resources),
    topic_permissions: users.map(({ topics }) => topics),
  });
}

/**
 * Every user may have the queue of a session. The topic permissions limit what may be published and
 * read.
 */
function user(name: string, password: string, { read, write }: Permissions) {
  const where = { user: name, vhost: '/' };
  const session = '^(mqtt-subscription-.*|amq\\.topic)$';
  return {
    account: { name, password_hash: hash(password), tags: '' },
    resources: { ...where, configure: '^mqtt-subscription-', write: session, read: session },
    topics: { ...where, exchange: 'amq.topic', read: pattern(read), write: pattern(write) },
  };
}

function hash(password: string): string {
  const salt = randomBytes(4);
  const digest = createHash('sha256').update(salt).update(password).digest();
  return Buffer.concat([salt, digest]).toString('base64');
}

/** MQTT topic filters as a pattern of AMQP routing keys, in which dots separate levels. */
function pattern(filters: readonly string[]): string {
  const levels = { '+': '[^.#]+', '#': '.+' } as Record<string, string>;
  const all = filters.map((filter) =>
    filter
      .split('/')
      .map((level) => levels[level] ?? level)
      .join('\\.'),
  );
  return `^(${all.join('|')})$`;
}
