import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MOSQUITTO } from '../real-parts.ts';
import { type MqttBroker, PART_PASSWORD, type Place, startMqttBroker } from './mqtt-broker.ts';

const MAIN = fileURLToPath(new URL('../../../broker/mosquitto/main.ts', import.meta.url));

/** Starts Mosquitto on the files that `npm run mosquitto` writes with these options. */
export function startMosquitto(options: string[]): Promise<MqttBroker> {
  return startMqttBroker(1, async (place) => {
    const folder = await writeMosquittoFiles(place, options);
    return [{ file: MOSQUITTO, args: ['-c', join(folder, 'mosquitto.conf')] }];
  });
}

/** Runs the command like a user, and returns the folder of the files that it wrote. */
export async function writeMosquittoFiles(place: Place, options: string[]): Promise<string> {
  const folder = join(place.folder, 'mosquitto');
  const passwordFile = join(place.folder, 'password');
  await writeFile(passwordFile, `${PART_PASSWORD}\n`, { mode: 0o600 });
  await promisify(execFile)(
    process.execPath,
    [MAIN, folder, ...options, '--user', userInfo().username],
    {
      env: {
        PATH: process.env.PATH,
        MQTT_TLS_PORT: String(place.ports[0]),
        MQTT_TLS_CERT_FILE: place.certFile,
        MQTT_TLS_KEY_FILE: place.keyFile,
        MQTT_PASSWORD_FILE: passwordFile,
      },
    },
  );
  return folder;
}
