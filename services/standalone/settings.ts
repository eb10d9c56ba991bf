import { type BroadcastConfig, streamSettings } from '@parley/broadcast/settings.ts';
import { type BrokerConfig, brokerSettings } from '@parley/broker/settings.ts';
import { type ChatConfig, chatSettings, dataDir, embeddedStoreUrl } from '@parley/chat/settings.ts';
import { type HooksConfig, hookSettings } from '@parley/hooks/settings.ts';
import { type BusConfig, busSettings } from '@parley/kit/bus/bus-settings.ts';
import { type PartConfig, partSettings } from '@parley/kit/part.ts';
import type { Settings } from '@parley/kit/settings/settings.ts';

export type StandaloneConfig = PartConfig &
  BrokerConfig &
  BusConfig &
  ChatConfig &
  HooksConfig &
  Omit<BroadcastConfig, 'chatUrl' | 'chatToken'> & { dataDir: string; processes: number };

/**
 * Settings of the standalone process. An empty STORE_URL means the embedded store, and an empty
 * MQTT_URL the embedded broker.
 */
export const standaloneSettings: Settings<StandaloneConfig> = {
  ...partSettings(8080),
  processes: {
    doc: 'Processes that share the HTTP port, each with chat and broadcast; the first has the broker, too.',
    format: 'positive number',
    default: 1,
    env: 'PROCESSES',
  },
  dataDir,
  ...brokerSettings,
  ...streamSettings,
  canarySeconds: { ...streamSettings.canarySeconds, default: 0 },
  ...chatSettings,
  ...hookSettings,
  ...busSettings,
  storeUrl: embeddedStoreUrl,
  mqttUrl: {
    ...busSettings.mqttUrl,
    default: '',
    doc: `${busSettings.mqttUrl.doc} Empty: the embedded broker.`,
  },
};
