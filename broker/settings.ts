import { partSettings } from '@parley/kit/part.ts';
import type { Setting } from '@parley/kit/settings/settings.ts';
import { remoteAuthSettings } from '@parley/kit/tokens/auth-settings.ts';

export interface BrokerConfig {
  mqttHost: string;
  mqttPort: number;
  mqttTlsPort: number;
  mqttTlsCertFile: string;
  mqttTlsKeyFile: string;
  mqttTlsCaFile: string;
  mqttPassword: string;
  mqttPlain: 'on' | 'off';
  mqttClientRate: number;
  mqttAddressRate: number;
  mqttClientConnections: number;
}

function file(doc: string, env: string): Setting<string> {
  return { doc, format: 'text', default: '', env };
}

/** Settings of the broker, also when it is embedded. */
export const brokerSettings: { [K in keyof BrokerConfig]: Setting<BrokerConfig[K]> } = {
  mqttHost: {
    doc: 'Address to listen on for MQTT.',
    format: 'required text',
    default: '127.0.0.1',
    env: 'MQTT_HOST',
  },
  mqttPort: {
    doc: 'Port to listen on for MQTT over plain TCP; 0 takes a free one.',
    format: 'port number',
    default: 1883,
    env: 'MQTT_PORT',
  },
  mqttTlsPort: {
    doc: 'Port to listen on for MQTT over TLS, where a certificate is given; 0 takes a free one.',
    format: 'port number',
    default: 8883,
    env: 'MQTT_TLS_PORT',
  },
  mqttTlsCertFile: file(
    "PEM file of the broker's certificate chain; it turns TLS on.",
    'MQTT_TLS_CERT_FILE',
  ),
  mqttTlsKeyFile: file("PEM file of the certificate's private key.", 'MQTT_TLS_KEY_FILE'),
  mqttTlsCaFile: file(
    'PEM file of the authority that signed the certificate; the signature is checked at start.',
    'MQTT_TLS_CA_FILE',
  ),
  mqttPassword: {
    doc: "Password of Parley's own services (user parley); with one, only they may publish events. Empty: any client may, so listen on loopback only.",
    format: 'text',
    default: '',
    env: 'MQTT_PASSWORD',
    sensitive: true,
  },
  mqttPlain: {
    doc: "off: no MQTT over plain TCP, except for services in the broker's own process; TLS has to be on.",
    format: ['on', 'off'],
    default: 'on',
    env: 'MQTT_PLAIN',
  },
  mqttClientRate: {
    doc: "Work per second of one client other than Parley's services; a small publish counts as 1, and more work waits; 0: no limit.",
    format: 'whole number',
    default: 50,
    env: 'MQTT_CLIENT_RATE',
  },
  mqttAddressRate: {
    doc: 'The same for all such clients of one address together, new connections included; 0: no limit.',
    format: 'whole number',
    default: 1000,
    env: 'MQTT_ADDRESS_RATE',
  },
  mqttClientConnections: {
    doc: 'MQTT connections that one address may have; 0: no limit.',
    format: 'whole number',
    default: 1000,
    env: 'MQTT_CLIENT_CONNECTIONS',
  },
};

/** Settings of the broker as a process of its own. */
export const brokerPartSettings = {
  ...partSettings(8083),
  ...brokerSettings,
  ...remoteAuthSettings,
};
