import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { until } from './until.ts';

/** A device that speaks MQTT. */
export interface Device extends AsyncDisposable {
  id: string;
  client: MqttClient;
  /** The problems that it heard of. */
  problems: { code: string; status: number; key?: string }[];
  /** Speaks in a channel; resolves when the broker has it. */
  say(channel: string, fields: object | string, options?: { qos: 0 | 1 }): Promise<unknown>;
  /** Resolves when it has heard of so many problems. */
  heard(count: number): Promise<void>;
}

/** Connects a device that listens to its problems. */
export async function openDevice(url: string, options: IClientOptions = {}): Promise<Device> {
  const id = options.clientId ?? `device-${randomUUID().slice(0, 8)}`;
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 0, ...options, clientId: id });
  const problems: Device['problems'] = [];
  client.on('message', (_, payload) => problems.push(JSON.parse(String(payload))));
  await client.subscribeAsync(`chat/errors/${id}`, { qos: 1 });
  return {
    ...{ id, client, problems },
    say: (channel, fields, { qos } = { qos: 1 }) => {
      const text = typeof fields === 'string' ? fields : JSON.stringify(fields);
      return client.publishAsync(`chat/inbox/${channel}`, text, { qos });
    },
    heard: (count) => until('it heard its problems', () => problems.length >= count),
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}

/** The authority's certificate as a device wants it. */
export function trusting(caFile: string): IClientOptions {
  return { ca: [readFileSync(caFile)] };
}
