import { busPartSettings } from '@parley/kit/part.ts';
import type { Setting, Settings } from '@parley/kit/settings/settings.ts';
import { remoteAuthSettings } from '@parley/kit/tokens/auth-settings.ts';
import { storeSettings } from '@parley/store/store-settings.ts';
import { parseAllowed } from './out/allowed.ts';

/** Settings of the hooks in every deployment. */
export interface HooksConfig {
  hooksAllow: string;
  hooksRetrySeconds: number;
  hookPosts: number;
}

export const hookSettings: { [K in keyof HooksConfig]: Setting<HooksConfig[K]> } = {
  hooksAllow: {
    doc: 'Receivers inside the network to which webhooks may be posted: networks, addresses and host names, with commas between, such as 10.1.0.0/16,alerts.internal.',
    format: { name: 'networks and hosts', check: (text) => void parseAllowed(text) },
    default: '',
    env: 'HOOKS_ALLOW',
  },
  hooksRetrySeconds: {
    doc: 'For how long an event is tried again before it is set aside, in seconds.',
    format: 'positive number',
    default: 259_200,
    env: 'HOOKS_RETRY_SECONDS',
  },
  hookPosts: {
    doc: 'Messages per minute of one webhook by which another program posts; 0: no limit.',
    format: 'whole number',
    default: 300,
    env: 'HOOK_POSTS',
  },
};

const chatUrl: Setting<string> = {
  doc: 'Address of chat, from which the hooks read the log.',
  format: 'http address',
  default: 'http://127.0.0.1:8081',
  env: 'CHAT_URL',
};

const chatToken: Setting<string> = {
  doc: 'Token for reading every channel, also private ones, and for posting in each.',
  format: 'text',
  default: '',
  env: 'CHAT_TOKEN',
  sensitive: true,
};

const partSettings = {
  ...busPartSettings(8085),
  ...hookSettings,
  ...remoteAuthSettings,
  ...storeSettings,
  storeUrl: { ...storeSettings.storeUrl, default: 'sqlite:./data/hooks.db' },
  chatUrl,
  chatToken,
};

/** Settings of the hooks as a process of its own. */
export const hooksPartSettings: typeof partSettings & Settings<HooksConfig> = partSettings;
