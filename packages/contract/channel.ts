import { ChatError } from './problem.ts';

const CHANNEL_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

/** First path segments that Parley uses itself; a channel of that name could not be opened as a page. */
const RESERVED = new Set([
  'api',
  'assets',
  'asyncapi.yaml',
  'broadcast',
  'catalog',
  'chat',
  'favicon.ico',
  'favicon.svg',
  'healthz',
  'index.html',
  'metrics',
  'openapi.yaml',
  'readyz',
  'robots.txt',
  'session',
  'tickets',
  'users',
]);

/**
 * The name of a channel: 1 to 64 letters and digits of any script, and after the first also `.`,
 * `_` and `-`.
 * @throws ChatError `invalid-channel` or `reserved-channel`
 */
export function parseChannel(value: unknown): string {
  if (typeof value !== 'string' || !CHANNEL_NAME.test(value)) {
    throw new ChatError(
      'invalid-channel',
      'A channel name has 1 to 64 letters or digits; after the first, also ".", "_" and "-".',
    );
  }
  if (RESERVED.has(value.toLowerCase())) {
    throw new ChatError(
      'reserved-channel',
      `"${value}" is a path of the API; choose another name.`,
    );
  }
  return value;
}
