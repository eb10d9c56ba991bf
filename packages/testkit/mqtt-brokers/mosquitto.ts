import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PROGRAM_ENV } from '../program-env.ts';
import { MOSQUITTO } from '../real-parts.ts';
import {
  type BrokerFiles,
  type MqttBroker,
  PART_PASSWORD,
  startMqttBroker,
} from './mqtt-broker.ts';

const MAIN = fileURLToPath(new URL('../../../broker/mosquitto/main.ts', import.meta.url));

/** Starts Mosquitto on the files that `npm run mosquitto` writes with these options. */
export function startMosquitto(options: string[]): Promise<MqttBroker> {
  return startMqttBroker(1, async (files) => {
    const folder = await writeMosquittoFiles(files, options);
    return [{ file: MOSQUITTO, args: ['-c', join(folder, 'mosquitto.conf')] }];
  });
}

/** Runs the command like a user, and returns the folder of the files that it wrote. */
export async function writeMosquittoFiles(files: BrokerFiles, options: string[]): Promise<string> {
  const folder = join(files.folder, 'mosquitto');
  const passwordFile = join(files.folder, 'password');
  await writeFile(passwordFile, `${PART_PASSWORD}\n`, { mode: 0o600 });
  await promisify(execFile)(
    process.execPath,
    [MAIN, folder, ...options, '--user', userInfo().username],
    {
      env: {
        ...PROGRAM_ENV,
        MQTT_TLS_PORT: String(files.ports[0]),
        MQTT_TLS_CERT_FILE: files.certFile,
        MQTT_TLS_KEY_FILE: files.keyFile,
        MQTT_PASSWORD_FILE: passwordFile,
      },
    },
  );
  return folder;
}
