import { type LogConfig, logSettings } from '@parley/kit/log/log.ts';
import type { Setting, Settings } from '@parley/kit/settings/settings.ts';
import { type StoreConfig, storeSettings } from '@parley/store/store-settings.ts';
import { dataDir, embeddedStoreUrl } from '../../settings.ts';

export interface BackupConfig extends LogConfig, StoreConfig {
  dataDir: string;
  backupDir: string;
}

/** The folder of backups, of the commands and of chat, which measures the newest backup there. */
export const backupDir: Setting<string> = {
  doc: 'Folder of backups: npm run backup writes there, and chat shows the newest one in /metrics.',
  format: 'text',
  default: '',
  env: 'BACKUP_DIR',
};

/** Settings of `npm run backup` and `npm run restore`. */
export const backupSettings: Settings<BackupConfig> = {
  dataDir,
  ...storeSettings,
  storeUrl: embeddedStoreUrl,
  backupDir,
  ...logSettings,
  logLevel: { ...logSettings.logLevel, default: 'warn' },
};
