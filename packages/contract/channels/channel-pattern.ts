import { composedChannel } from './channel.ts';

const SEGMENT = String.raw`[\p{L}\p{M}\p{N}*_-]+`;
const PATTERN = new RegExp(String.raw`^(?:${SEGMENT})(?:\.${SEGMENT})*$`, 'u');
const PATTERN_MAX = 64;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** Three stars in one segment would make matching slow. */
const THREE_STARS = /\*[^.*]*\*[^.*]*\*/;

/**
 * A pattern for the channels of a token: a name in which `*` stands for any characters within a
 * segment (at most twice), and `**` as the last segment for all that is left. Dots separate
 * segments. `team.*` matches `team.red`, but not `team` or `team.red.secret`; `team.**` matches the
 * last one too; `**` matches every channel.
 */
export type ChannelPattern = string;

/** True when the text is a pattern. */
export function isChannelPattern(text: string): boolean {
  const pattern = composedChannel(text);
  // The length counts code points, as for a channel's name.
  if (pattern.length > 2 * PATTERN_MAX || [...pattern].length > PATTERN_MAX) return false;
  if (THREE_STARS.test(pattern) || INVISIBLE.test(pattern)) return false;
  return PATTERN.test(pattern) && !/\*\*(?!$)|[^.]\*\*$/.test(pattern);
}

/**
 * Opens the test whether a channel matches one of the patterns. The channel's name must be composed
 * (NFC); patterns need not be.
 */
export function openChannelMatch(patterns: ChannelPattern[]): (channel: string) => boolean {
  // One expression is tested several times as fast as one for each pattern.
  const expression = new RegExp(`^(?:${patterns.map(sourceOf).join('|')})$`, 'u');
  return (channel) => expression.test(channel);
}

function sourceOf(pattern: ChannelPattern): string {
  return composedChannel(pattern)
    .split('.')
    .map((segment) => (segment === '**' ? '.+' : segment.replaceAll('*', '[^.]*')))
    .join(String.raw`\.`);
}
