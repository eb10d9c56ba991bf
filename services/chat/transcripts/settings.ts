import { type LogConfig, logSettings } from '@parley/kit/log.ts';
import type { Settings } from '@parley/kit/settings.ts';
import { type ChatConfig, chatSettings, dataDir, embeddedStoreUrl } from '../settings.ts';

export type TranscriptConfig = LogConfig &
  Pick<ChatConfig, 'storeUrl' | 'storeCaFile' | 'timezone'> & { dataDir: string };

/** Everything that `npm run export` and `npm run import` are told, besides their arguments. */
export const transcriptSettings: Settings<TranscriptConfig> = {
  dataDir,
  storeUrl: embeddedStoreUrl,
  storeCaFile: chatSettings.storeCaFile,
  timezone: chatSettings.timezone,
  ...logSettings,
  logLevel: { ...logSettings.logLevel, default: 'warn' },
};
