import { connectWithToken } from '@parley/testkit/clients/device.ts';
import mqtt, { type MqttClient } from 'mqtt';
import type { Reading } from './reads.ts';
import { mark } from './reads.ts';
import type { Deployment, User } from './users.ts';

/** Connects a user's device; undefined if the broker refuses it. */
export async function connectDevice(
  { mqttUrl }: Deployment,
  { token }: User,
): Promise<MqttClient | undefined> {
  return connectWithToken(mqttUrl, token).catch(() => undefined);
}

/** Connects as one of Parley's services, which may do everything. */
export function connectPart({ mqttUrl, partPassword }: Deployment): Promise<MqttClient> {
  const options = { username: 'parley', password: partPassword, reconnectPeriod: 0 };
  return mqtt.connectAsync(mqttUrl, { ...options, clientId: 'parley-matrix' }, false);
}

/** Subscribes a new device of the user to one topic or filter. */
export async function readTopic(
  deployment: Deployment,
  user: User,
  topic: string,
): Promise<Reading> {
  const device = await connectDevice(deployment, user);
  const received: string[] = [];
  device?.on('message', (from, payload, { retain }) => {
    received.push(`${mark(from.split('/')[2] ?? '')} ${retain ? 'retained' : 'live'} ${payload}`);
  });
  const granted = await device?.subscribeAsync(topic, { qos: 1 }).then(
    () => true,
    () => false,
  );
  return {
    allowed: granted ?? false,
    text: () => received.join('\n'),
    [Symbol.dispose]: () => void device?.end(true),
  };
}
