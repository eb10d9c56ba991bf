import { type LogConfig, logSettings } from '@parley/kit/log/log.ts';
import type { Settings } from '@parley/kit/settings/settings.ts';
import { type StoreConfig, storeSettings } from '@parley/store/store-settings.ts';
import { type ChatConfig, chatSettings, dataDir, embeddedStoreUrl } from '../../settings.ts';

export type TranscriptConfig = LogConfig &
  StoreConfig &
  Pick<ChatConfig, 'timezone'> & { dataDir: string };

/** Settings of `npm run export` and `npm run import`. */
export const transcriptSettings: Settings<TranscriptConfig> = {
  dataDir,
  ...storeSettings,
  storeUrl: embeddedStoreUrl,
  timezone: chatSettings.timezone,
  ...logSettings,
  logLevel: { ...logSettings.logLevel, default: 'warn' },
};
