import type { Setting } from './settings.ts';

export interface BusConfig {
  mqttUrl: string;
  mqttCaFile: string;
}

/** How a part reaches the broker. */
export const busSettings: { [K in keyof BusConfig]: Setting<string> } = {
  mqttUrl: {
    doc: 'The MQTT broker: mqtt://host:1883, or mqtts://host:8883 for TLS; may hold user:password. Several with commas are the nodes of a cluster.',
    format: 'mqtt addresses',
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
};
