import { fileURLToPath } from 'node:url';
import { freePort } from '../processes/free-port.ts';
import { PROGRAM_ENV } from '../program-env.ts';
import { type MqttBroker, PART_PASSWORD, startMqttBroker } from './mqtt-broker.ts';

const MAIN = fileURLToPath(new URL('../../../broker/main.ts', import.meta.url));

/** Starts our own broker. */
export function startParleyBroker(): Promise<MqttBroker> {
  return startMqttBroker(1, async ({ ports, caFile, certFile, keyFile }) => {
    const env = {
      ...PROGRAM_ENV,
      PORT: '0',
      MQTT_PORT: String(await freePort()),
      MQTT_TLS_PORT: String(ports[0]),
      MQTT_TLS_CERT_FILE: certFile,
      MQTT_TLS_KEY_FILE: keyFile,
      MQTT_TLS_CA_FILE: caFile,
      MQTT_PASSWORD: PART_PASSWORD,
    };
    return [{ file: process.execPath, args: [MAIN], env }];
  });
}
