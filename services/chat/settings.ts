import { fileURLToPath } from 'node:url';
import { busPartSettings } from '@parley/kit/part.ts';
import type { Setting } from '@parley/kit/settings.ts';
import type { RetentionConfig } from './retention.ts';

export interface ChatConfig extends RetentionConfig {
  storeUrl: string;
  storeCaFile: string;
  timezone: string;
  clientDir: string;
}

/** What chat alone needs to know; how it listens, logs and reaches the broker is the kit's. */
export const chatSettings: { [K in keyof ChatConfig]: Setting<ChatConfig[K]> } = {
  storeUrl: {
    doc: 'Where the log is kept: sqlite:<path>, postgres://user:password@host/database or mysql://….',
    format: 'store address',
    default: 'sqlite:./data/parley.db',
    env: 'STORE_URL',
    sensitive: true,
  },
  storeCaFile: {
    doc: "PEM file of the authority that signed the database's certificate; it turns TLS on.",
    format: 'text',
    default: '',
    env: 'STORE_CA_FILE',
  },
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
  ...chatSettings.storeUrl,
  default: '',
  doc: `${chatSettings.storeUrl.doc} Empty: SQLite in DATA_DIR.`,
};
