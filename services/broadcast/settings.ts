import { howToRun } from '@parley/kit/commands/how-to-run.ts';
import { type StreamLimitConfig, streamLimitSettings } from '@parley/kit/limits/limit-settings.ts';
import { busPartSettings } from '@parley/kit/part.ts';
import type { Setting } from '@parley/kit/settings/settings.ts';
import { remoteAuthSettings } from '@parley/kit/tokens/auth-settings.ts';

export interface BroadcastConfig extends StreamLimitConfig {
  chatUrl: string;
  chatToken: string;
  heartbeatSeconds: number;
  drainSeconds: number;
  maxStreams: number;
  canarySeconds: number;
}

/** Settings of broadcast in every deployment, also where it shares a process with chat. */
export const streamSettings: {
  [K in Exclude<keyof BroadcastConfig, 'chatUrl' | 'chatToken'>]: Setting<number>;
} = {
  heartbeatSeconds: {
    doc: 'How often an idle stream gets a comment line, in seconds.',
    format: 'number of seconds',
    default: 15,
    env: 'HEARTBEAT_SECONDS',
  },
  drainSeconds: {
    doc: 'When a server stops, its readers reconnect spread over this time, in seconds.',
    format: 'number of seconds',
    default: 5,
    env: 'DRAIN_SECONDS',
  },
  maxStreams: {
    doc: 'Streams that may be open on this server; a further request gets 503.',
    format: 'positive number',
    default: 50_000,
    env: 'MAX_STREAMS',
  },
  ...streamLimitSettings,
  canarySeconds: {
    doc: 'How often a test message is posted to check that messages arrive, in seconds; 0: never.',
    format: 'whole number',
    default: 10,
    env: 'CANARY_SECONDS',
  },
};

const chatUrl: Setting<string> = {
  doc: 'Address of chat, from which broadcast reads the log.',
  format: 'http address',
  default: 'http://127.0.0.1:8081',
  env: 'CHAT_URL',
};

const chatToken: Setting<string> = {
  doc: `Token for reading the log when AUTH=required; ${howToRun('token')} makes one.`,
  format: 'text',
  default: '',
  env: 'CHAT_TOKEN',
  sensitive: true,
};

/** Settings of broadcast as a process of its own. */
export const broadcastPartSettings = {
  ...busPartSettings(8082),
  ...streamSettings,
  ...remoteAuthSettings,
  chatUrl,
  chatToken,
};
