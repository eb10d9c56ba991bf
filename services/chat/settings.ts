import { fileURLToPath } from 'node:url';
import { type PostLimitConfig, postLimitSettings } from '@parley/kit/limits/limit-settings.ts';
import { busPartSettings } from '@parley/kit/part.ts';
import type { Setting } from '@parley/kit/settings.ts';
import { type AuthConfig, authSettings } from '@parley/kit/tokens/auth-settings.ts';
import { type StoreConfig, storeSettings } from '@parley/store/store-settings.ts';
import { type AccountConfig, accountSettings } from './accounts/settings.ts';
import type { RetentionConfig } from './retention.ts';

export interface ChatConfig
  extends RetentionConfig,
    StoreConfig,
    AuthConfig,
    AccountConfig,
    PostLimitConfig {
  tokenKeyFile: string;
  timezone: string;
  clientDir: string;
  edgeUrl: string;
  inbox: 'on' | 'off';
}

/** What chat alone needs to know; how it listens, logs and reaches the broker is the kit's. */
export const chatSettings: { [K in keyof ChatConfig]: Setting<ChatConfig[K]> } = {
  ...storeSettings,
  ...authSettings,
  ...postLimitSettings,
  tokenKeyFile: {
    doc: 'PEM file of the private key that signs tokens, on the curve P-256; npm run token makes one; without it there are no accounts.',
    format: 'text',
    default: '',
    env: 'TOKEN_KEY_FILE',
  },
  ...accountSettings,
  timezone: {
    doc: 'Time zone of the text transcript, an IANA name.',
    format: 'time zone',
    default: 'UTC',
    env: 'TIMEZONE',
  },
  retentionDays: {
    doc: 'Days for which a message is kept; 0: for ever.',
    format: 'whole number',
    default: 0,
    env: 'RETENTION_DAYS',
  },
  retentionEvents: {
    doc: 'Events kept of each channel, the newest; 0: all.',
    format: 'whole number',
    default: 0,
    env: 'RETENTION_EVENTS',
  },
  clientDir: {
    doc: 'Folder of the built page.',
    format: 'text',
    default: fileURLToPath(new URL('../../client-demo/dist', import.meta.url)),
    env: 'CLIENT_DIR',
  },
  edgeUrl: {
    doc: 'The front door as chat reaches it, https://host:port: whether it opens and how long its certificate is valid is exported; empty: not watched.',
    format: 'https address',
    default: '',
    env: 'EDGE_URL',
  },
  inbox: {
    doc: 'on: what devices publish to chat/inbox/<channel> by MQTT is stored, by one of all replicas at a time; off: this one does not.',
    format: ['on', 'off'],
    default: 'on',
    env: 'INBOX',
  },
};

/** Everything that chat as a process of its own is told. */
export const chatPartSettings = { ...busPartSettings(8081), ...chatSettings };

/** Where the embedded store is kept. */
export const dataDir: Setting<string> = {
  doc: 'Folder of the embedded store, made where missing.',
  format: 'required text',
  default: './data',
  env: 'DATA_DIR',
};

/** The store's address where an embedded one is the default. */
export const embeddedStoreUrl: Setting<string> = {
  ...storeSettings.storeUrl,
  default: '',
  doc: `${storeSettings.storeUrl.doc} Empty: SQLite in DATA_DIR.`,
};
