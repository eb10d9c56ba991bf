import { StartError } from '@parley/kit/run.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import type { BrokerConfig } from '../settings.ts';
import { readTls, type Tls } from './tls.ts';

/** Where to listen for TCP connections; port 0 takes a free one. */
interface Address {
  host: string;
  port: number;
}

/** Where the broker listens; undefined for what is off. */
export interface Endpoints {
  plain: Address | undefined;
  tls: (Address & { files: Tls }) | undefined;
}

/**
 * Address of the listener for services in the same process, when plain MQTT is off for other
 * clients.
 */
const INSIDE: Address = { host: '127.0.0.1', port: 0 };
const LOOPBACK = /^(?:127(?:\.\d+){3}|::1|localhost)$/;

/**
 * Decides where to listen. With `embedded` there is a plain listener for the services of this
 * process, also when MQTT_PLAIN is off.
 * @throws StartError when the settings do not fit together, SettingsError when a file cannot be read
 */
export function readEndpoints(
  config: BrokerConfig,
  { authenticator, embedded }: { authenticator: Authenticator; embedded: boolean },
): Endpoints {
  checkReach(config, authenticator);
  const { mqttHost: host, mqttTlsPort: port } = config;
  const files = readTls(config);
  const tls = files && { host, port, files };
  return { plain: plainAddress(config, { tls: tls !== undefined, embedded }), tls };
}

/**
 * Without a password every client counts as one of Parley's services, so only loopback may be used.
 */
function checkReach({ mqttHost, mqttPassword }: BrokerConfig, authenticator: Authenticator): void {
  if (mqttPassword !== '') return;
  if (!authenticator.open)
    throw new StartError(
      'AUTH=required needs MQTT_PASSWORD: without it every client has all rights',
    );
  if (LOOPBACK.test(mqttHost)) return;
  throw new StartError(
    `MQTT_HOST ${mqttHost} is not loopback: set MQTT_PASSWORD, or any client could publish events`,
  );
}

function plainAddress(
  { mqttPlain, mqttHost: host, mqttPort: port }: BrokerConfig,
  { tls, embedded }: { tls: boolean; embedded: boolean },
): Address | undefined {
  if (mqttPlain === 'on') return { host, port };
  if (!tls) throw new StartError('MQTT_PLAIN=off needs MQTT_TLS_CERT_FILE and MQTT_TLS_KEY_FILE');
  return embedded ? INSIDE : undefined;
}
