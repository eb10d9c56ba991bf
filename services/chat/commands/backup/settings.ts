import { type LogConfig, logSettings } from '@parley/kit/log/log.ts';
import type { Settings } from '@parley/kit/settings/settings.ts';
import { type StoreConfig, storeSettings } from '@parley/store/store-settings.ts';
import { chatSettings, dataDir, embeddedStoreUrl } from '../../settings.ts';

export interface BackupConfig extends LogConfig, StoreConfig {
  dataDir: string;
  backupDir: string;
}

/** Settings of `npm run backup` and `npm run restore`. */
export const backupSettings: Settings<BackupConfig> = {
  dataDir,
  ...storeSettings,
  storeUrl: embeddedStoreUrl,
  backupDir: chatSettings.backupDir,
  ...logSettings,
  logLevel: { ...logSettings.logLevel, default: 'warn' },
};
