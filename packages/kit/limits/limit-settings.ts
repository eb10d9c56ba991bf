import type { Setting } from '../settings.ts';

/** How much one client may ask; 0 sets no limit. */
function limit(doc: string, env: string): Setting<number> {
  return { doc: `${doc}; 0: any number.`, format: 'whole number', default: 0, env };
}

export interface PostLimitConfig {
  postsPerAddress: number;
  postsPerAccount: number;
}

export const postLimitSettings: { [K in keyof PostLimitConfig]: Setting<number> } = {
  postsPerAddress: limit('Posts a minute from one address', 'POSTS_PER_ADDRESS'),
  postsPerAccount: limit('Posts a minute of one account or token', 'POSTS_PER_ACCOUNT'),
};

export interface StreamLimitConfig {
  streamsPerAddress: number;
  streamsPerAccount: number;
}

export const streamLimitSettings: { [K in keyof StreamLimitConfig]: Setting<number> } = {
  streamsPerAddress: limit('Streams open at once from one address', 'STREAMS_PER_ADDRESS'),
  streamsPerAccount: limit('Streams open at once of one account or token', 'STREAMS_PER_ACCOUNT'),
};

export const connectionsPerAddress = limit(
  'HTTP connections open at once from one address that is no trusted proxy',
  'CONNECTIONS_PER_ADDRESS',
);
