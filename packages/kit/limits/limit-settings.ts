import type { Setting } from '../settings/settings.ts';

/** Stands for the usual limit, or for no limit where only this machine can connect. */
export const CHOSEN = -1;
/** The usual limits, by the names of their settings. */
export const PUBLIC_LIMITS = new Map<string, number>();

/**
 * A setting for the limit of one client; 0 sets no limit. `usual` is far above a busy chat and far
 * below a flood.
 */
function limit(doc: string, env: string, usual: number): Setting<number> {
  PUBLIC_LIMITS.set(env, usual);
  return {
    doc: `${doc}; 0: no limit; -1: ${usual}, or no limit where only this machine can connect.`,
    format: 'limit',
    default: CHOSEN,
    env,
  };
}

export interface PostLimitConfig {
  postsPerAddress: number;
  postsPerAccount: number;
}

export const postLimitSettings: { [K in keyof PostLimitConfig]: Setting<number> } = {
  postsPerAddress: limit('Posts per minute from one address', 'POSTS_PER_ADDRESS', 3_000),
  postsPerAccount: limit('Posts per minute of one account or token', 'POSTS_PER_ACCOUNT', 3000),
};

export interface SignalLimitConfig {
  signalsPerClient: number;
}

export const signalLimitSettings: { [K in keyof SignalLimitConfig]: Setting<number> } = {
  signalsPerClient: {
    doc: 'Signals per second of one account or token, or of one address without a token; 0: no limit.',
    format: 'whole number',
    default: 10,
    env: 'SIGNALS_PER_CLIENT',
  },
};

export interface StreamLimitConfig {
  streamsPerAddress: number;
  streamsPerAccount: number;
}

export const streamLimitSettings: { [K in keyof StreamLimitConfig]: Setting<number> } = {
  streamsPerAddress: limit('Streams open at once from one address', 'STREAMS_PER_ADDRESS', 500),
  streamsPerAccount: limit(
    'Streams open at once of one account or token',
    'STREAMS_PER_ACCOUNT',
    100,
  ),
};

export const connectionsPerAddress = limit(
  'HTTP connections open at once from one address that is not a trusted proxy',
  'CONNECTIONS_PER_ADDRESS',
  1_000,
);
