import mqtt, { type MqttClient } from 'mqtt';
import type { Reading } from './reads.ts';
import { mark } from './reads.ts';
import type { Household, User } from './users.ts';

/** Connects a user's device; undefined where the broker lets it not in. */
export async function connectDevice(
  { mqttUrl }: Household,
  { token }: User,
): Promise<MqttClient | undefined> {
  const shown = token === undefined ? {} : { username: 'device', password: token };
  const options = { reconnectPeriod: 0, ...shown };
  return mqtt.connectAsync(mqttUrl, options, false).catch(() => undefined);
}

/** Connects as a part, who may everything. */
export function connectPart({ mqttUrl, partPassword }: Household): Promise<MqttClient> {
  const options = { username: 'parley', password: partPassword, reconnectPeriod: 0 };
  return mqtt.connectAsync(mqttUrl, { ...options, clientId: 'parley-matrix' }, false);
}

/** Subscribes a device of its own to one topic, or a pattern of topics. */
export async function readTopic(household: Household, user: User, topic: string): Promise<Reading> {
  const device = await connectDevice(household, user);
  const heard: string[] = [];
  device?.on('message', (from, payload, { retain }) => {
    heard.push(`${mark(from.split('/')[2] ?? '')} ${retain ? 'retained' : 'live'} ${payload}`);
  });
  const granted = await device?.subscribeAsync(topic, { qos: 1 }).then(
    () => true,
    () => false,
  );
  return {
    ...{ allowed: granted ?? false, text: () => heard.join('\n') },
    [Symbol.dispose]: () => void device?.end(true),
  };
}
