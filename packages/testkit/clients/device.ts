import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { until } from '../until.ts';

/** A device that uses MQTT. */
export interface Device extends AsyncDisposable {
  id: string;
  client: MqttClient;
  /** The problems that the device received. */
  problems: { code: string; status: number; key?: string }[];
  /** Publishes to a channel's inbox; resolves when the broker has the message. */
  post(channel: string, fields: object | string, options?: { qos: 0 | 1 }): Promise<unknown>;
  /** Resolves when the device has received `count` problems. */
  receivedProblems(count: number): Promise<void>;
}

/** Connects a device that subscribes to its problems. */
export async function openDevice(url: string, options: IClientOptions = {}): Promise<Device> {
  const id = options.clientId ?? `device-${randomUUID().slice(0, 8)}`;
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 0, ...options, clientId: id });
  const problems: Device['problems'] = [];
  client.on('message', (_, payload) => problems.push(JSON.parse(String(payload))));
  await client.subscribeAsync(`chat/errors/${id}`, { qos: 1 });
  return {
    id,
    client,
    problems,
    post: (channel, fields, { qos } = { qos: 1 }) => {
      const text = typeof fields === 'string' ? fields : JSON.stringify(fields);
      return client.publishAsync(`chat/inbox/${channel}`, text, { qos });
    },
    receivedProblems: (count) =>
      until('the device received its problems', () => problems.length >= count),
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}

/** Connects once with a token, or as a guest. @throws Error when the broker refuses the client */
export function connectWithToken(
  url: string,
  token: string | undefined,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const shown = token === undefined ? {} : { username: 'device', password: token };
  return mqtt.connectAsync(url, { reconnectPeriod: 0, ...options, ...shown }, false);
}

/** Connection options that trust the authority of this file. */
export function trusting(caFile: string): IClientOptions {
  return { ca: [readFileSync(caFile)] };
}
