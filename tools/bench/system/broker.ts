import type { ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MOSQUITTO } from '@parley/testkit/real-parts.ts';
import { Skip } from '../skip.ts';
import type { Sandbox } from './sandbox.ts';
import { startServer } from './start-server.ts';

/** The brokers that the bench can measure. */
export type BrokerKind = 'parley' | 'mosquitto';

/** Starts Mosquitto on loopback, without TLS. @throws Skip when it is not installed */
export async function startMosquitto(
  sandbox: Sandbox,
  { folder, mqttPort }: { folder: string; mqttPort: number },
): Promise<ChildProcess> {
  if (!existsSync(MOSQUITTO)) throw new Skip('mosquitto is not installed');
  const [conf, logFile] = [join(folder, 'mosquitto.conf'), join(folder, 'mosquitto.log')];
  writeFileSync(conf, configuration(mqttPort));
  const where = { cwd: folder, env: {}, logFile, port: mqttPort };
  return startServer(sandbox, { command: MOSQUITTO, args: ['-c', conf], ...where });
}

/** The configuration that `npm run mosquitto` writes, without TLS and passwords. */
function configuration(port: number): string {
  const lines = [
    'persistence false',
    'set_tcp_nodelay true',
    'max_packet_size 1048576',
    'max_inflight_messages 100',
    'max_queued_messages 5000',
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    ...(process.getuid?.() === 0 ? ['user root'] : []),
  ];
  return `${lines.join('\n')}\n`;
}
