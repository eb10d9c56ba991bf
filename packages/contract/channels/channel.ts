import { isFarLonger } from '../accounts/name.ts';
import { ChatError } from '../problem.ts';
import { suggestChannel } from './channel-suggestion.ts';

const CHANNEL_MAX = 64;
const CHANNEL_NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,63}$/u;
/** Letters and marks without a glyph: fillers, variation selectors, blanks. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u{13441}\u{13442}\u{16fe4}]/u;

/** First path segments that Parley uses itself; a channel with such a name would have no page. */
const RESERVED = new Set([
  'api',
  'assets',
  'asyncapi.yaml',
  'audit',
  'broadcast',
  'catalog',
  'chat',
  'direct',
  'favicon.ico',
  'favicon.svg',
  'healthz',
  'hooks',
  'index.html',
  'invitations',
  'metrics',
  'openapi.yaml',
  'readyz',
  'robots.txt',
  'search',
  'session',
  'tickets',
  'users',
]);

/**
 * Reads the name of a channel and returns its composed form (NFC): 1 to 64 letters and digits of
 * any script, and after the first also their marks, `.`, `_` and `-`. Every character is visible.
 * @throws ChatError `invalid-channel` or `reserved-channel`
 */
export function parseChannel(value: unknown): string {
  const name = typeof value === 'string' ? composedChannel(value) : '';
  if (!CHANNEL_NAME.test(name) || INVISIBLE.test(name)) {
    throw new ChatError(
      'invalid-channel',
      `A channel name has 1 to 64 letters or digits; after the first, also their marks, ".", "_" and "-", and nothing invisible${suggestion(value)}.`,
    );
  }
  if (RESERVED.has(name.toLowerCase())) {
    throw new ChatError(
      'reserved-channel',
      `"${name}" is a path of the API; choose another name${suggestion(name)}.`,
    );
  }
  return name;
}

/**
 * The composed form (NFC) of a text that may be a channel's name, so that each way to type a letter
 * gives the same channel.
 */
export function composedChannel(text: string): string {
  return isFarLonger(text, CHANNEL_MAX) ? text : text.normalize('NFC');
}

function suggestion(value: unknown): string {
  const isName = (name: string) =>
    CHANNEL_NAME.test(name) && !INVISIBLE.test(name) && !RESERVED.has(name.toLowerCase());
  const name = typeof value === 'string' ? suggestChannel(value, isName) : undefined;
  return name === undefined ? '' : `, such as "${name}"`;
}
