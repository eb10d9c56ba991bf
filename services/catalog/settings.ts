import { fileURLToPath } from 'node:url';
import { parseNatsAddresses } from '@parley/catalog/nats/nats-addresses.ts';
import { type LogConfig, logSettings } from '@parley/kit/log/log.ts';
import { type PartConfig, partSettings } from '@parley/kit/part.ts';
import type { Setting, Settings } from '@parley/kit/settings/settings.ts';
import { type RemoteAuthConfig, remoteAuthSettings } from '@parley/kit/tokens/auth-settings.ts';
import { type StoreConfig, storeSettings } from '@parley/store/store-settings.ts';

/** How to reach NATS. */
export interface NatsConfig {
  natsUrl: string;
  natsCaFile: string;
}

export interface CatalogConfig extends NatsConfig, StoreConfig, RemoteAuthConfig {
  feedsFile: string;
  chatUrl: string;
  chatToken: string;
}

const natsUrl: Setting<string> = {
  doc: 'The NATS server: nats://host:4222, or tls://host:4222 for TLS; may hold user:password. Several addresses with commas between are the nodes of a cluster.',
  format: { name: 'nats addresses', check: (text) => void parseNatsAddresses(text) },
  default: 'nats://127.0.0.1:4222',
  env: 'NATS_URL',
  sensitive: true,
};

const natsCaFile: Setting<string> = {
  doc: "PEM file of the authority that signed the NATS server's certificate; empty: the system's authorities.",
  format: 'text',
  default: '',
  env: 'NATS_CA_FILE',
};

/** How to reach NATS. */
export const natsLinkSettings = { natsUrl, natsCaFile };

const feedsFile: Setting<string> = {
  doc: 'JSON file of the feeds: for each its subject, its .proto file, the message type, and optionally a channel to announce it in.',
  format: 'required text',
  default: fileURLToPath(new URL('feeds/feeds.json', import.meta.url)),
  env: 'FEEDS_FILE',
};

const catalogStore: Settings<StoreConfig> = {
  ...storeSettings,
  storeUrl: { ...storeSettings.storeUrl, default: 'sqlite:./data/catalog.db' },
};

/** Settings of the catalog service. */
export const catalogPartSettings: Settings<CatalogConfig & PartConfig> = {
  ...partSettings(8084),
  feedsFile,
  ...natsLinkSettings,
  ...catalogStore,
  chatUrl: {
    doc: 'The address of chat, in whose channels feeds are announced; empty: feeds are not announced.',
    format: 'http address',
    default: '',
    env: 'CHAT_URL',
  },
  chatToken: {
    doc: 'A token that may post in those channels, if chat requires one.',
    format: 'text',
    default: '',
    env: 'CHAT_TOKEN',
    sensitive: true,
  },
  ...remoteAuthSettings,
};

export type ReplayConfig = StoreConfig & LogConfig & Pick<CatalogConfig, 'feedsFile'>;

/** Settings of `npm run catalog -- replay`, besides its arguments. */
export const replaySettings: Settings<ReplayConfig> = {
  ...catalogStore,
  feedsFile,
  ...logSettings,
  logLevel: { ...logSettings.logLevel, default: 'warn' },
};
