import type { Settings } from '../settings/settings.ts';
import { parseBusAddresses } from './addresses.ts';

export interface BusConfig {
  mqttUrl: string;
  mqttCaFile: string;
  mqttDots: 'plain' | 'escaped';
  mqttGroups: 'auto' | 'on';
}

/** How a service reaches the broker. */
export const busSettings: Settings<BusConfig> = {
  mqttUrl: {
    doc: 'The MQTT broker: mqtt://host:1883, or mqtts://host:8883 for TLS; may hold user:password. Several addresses with commas between are the nodes of a cluster.',
    format: {
      name: 'mqtt addresses',
      check: (text) => void (text === '' || parseBusAddresses(text)),
    },
    default: 'mqtt://127.0.0.1:1883',
    env: 'MQTT_URL',
    sensitive: true,
  },
  mqttCaFile: {
    doc: "PEM file of the authority that signed the broker's certificate; empty: the system's authorities.",
    format: 'text',
    default: '',
    env: 'MQTT_CA_FILE',
  },
  mqttDots: {
    doc: 'How a dot in a channel is written in its topic; escaped: as %2E, for brokers that treat dots specially (NATS before 2.10 and RabbitMQ).',
    format: ['plain', 'escaped'],
    default: 'plain',
    env: 'MQTT_DOTS',
  },
  mqttGroups: {
    doc: "Whether the events of one commit and channel are one MQTT message, for chat; auto: only with Parley's own broker; on: always, for a broker without devices.",
    format: ['auto', 'on'],
    default: 'auto',
    env: 'MQTT_GROUPS',
  },
};
