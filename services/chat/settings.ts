import { howToRun } from '@parley/kit/commands/how-to-run.ts';
import {
  type PostLimitConfig,
  postLimitSettings,
  type SignalLimitConfig,
  signalLimitSettings,
} from '@parley/kit/limits/limit-settings.ts';
import { busPartSettings } from '@parley/kit/part.ts';
import type { Setting } from '@parley/kit/settings/settings.ts';
import { type AuthConfig, authSettings } from '@parley/kit/tokens/auth-settings.ts';
import { type StoreConfig, storeSettings } from '@parley/store/store-settings.ts';
import { type AccountConfig, accountSettings } from './accounts/settings.ts';
import type { RetentionConfig } from './log/retention.ts';
import { type MailConfig, mailSettings } from './mail/settings.ts';

export interface ChatConfig
  extends RetentionConfig,
    StoreConfig,
    AuthConfig,
    AccountConfig,
    MailConfig,
    PostLimitConfig,
    SignalLimitConfig {
  tokenKeyFile: string;
  timezone: string;
  inbox: 'on' | 'off';
  backupDir: string;
}

function checkTimeZone(text: string): void {
  // The check would load the time zones, 6 MB of memory.
  if (text === 'UTC') return;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
  } catch {
    throw new Error('must be an IANA time zone such as UTC or Europe/Berlin');
  }
}

/** Chat's own settings. The settings for listening, logging and the broker are in the kit. */
export const chatSettings: { [K in keyof ChatConfig]: Setting<ChatConfig[K]> } = {
  ...storeSettings,
  ...authSettings,
  ...postLimitSettings,
  ...signalLimitSettings,
  tokenKeyFile: {
    doc: `PEM file of the private key that signs tokens, on the curve P-256; ${howToRun('token')} makes one; without it there are no accounts.`,
    format: 'text',
    default: '',
    env: 'TOKEN_KEY_FILE',
  },
  ...accountSettings,
  ...mailSettings,
  timezone: {
    doc: 'Time zone of the text transcript, an IANA name.',
    format: { name: 'time zone', check: checkTimeZone },
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
    doc: 'Number of newest events that are kept of each channel; 0: all.',
    format: 'whole number',
    default: 0,
    env: 'RETENTION_EVENTS',
  },
  inbox: {
    doc: 'on: one replica at a time stores what devices publish to chat/inbox/<channel> by MQTT; off: this replica does not.',
    format: ['on', 'off'],
    default: 'on',
    env: 'INBOX',
  },
  backupDir: {
    doc: `Folder of backups: ${howToRun('backup')} writes there, and chat shows the time of the newest one in /metrics.`,
    format: 'text',
    default: '',
    env: 'BACKUP_DIR',
  },
};

/** Settings of chat as a process of its own. */
export const chatPartSettings = { ...busPartSettings(8081), ...chatSettings };

/** Where the embedded store is kept. */
export const dataDir: Setting<string> = {
  doc: 'Folder of the embedded store; it is made when missing.',
  format: 'required text',
  default: './data',
  env: 'DATA_DIR',
};

/** The store's address, for programs whose default is the embedded store. */
export const embeddedStoreUrl: Setting<string> = {
  ...storeSettings.storeUrl,
  default: '',
  doc: `${storeSettings.storeUrl.doc} Empty: SQLite in DATA_DIR.`,
};
