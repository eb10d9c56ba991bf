import { type Broker, startBroker } from '@parley/broker/broker.ts';
import type { BrokerConfig } from '@parley/broker/settings.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import { Authenticator } from '@parley/kit/tokens/authenticator.ts';

/** The password of Parley's services at a broker in this process. */
export const PASSWORD = 'correct horse';

/** Starts our own broker in this process, on a free port of loopback and open to guests. */
export async function startInProcess(
  more: Partial<BrokerConfig> = {},
  metrics = new Metrics(),
): Promise<Broker> {
  const config = {
    mqttHost: '127.0.0.1',
    mqttPort: 0,
    mqttTlsPort: 0,
    mqttTlsCertFile: '',
    mqttTlsKeyFile: '',
    mqttTlsCaFile: '',
    mqttPassword: PASSWORD,
    mqttPlain: 'on' as const,
    mqttClientRate: 50,
    mqttAddressRate: 2000,
    mqttClientConnections: 1000,
    serverName: 'test',
    corsOrigins: '',
    trustedProxies: '',
    ...more,
  };
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  const authenticator = new Authenticator('open', undefined);
  return startBroker(config, { log, metrics, authenticator });
}
