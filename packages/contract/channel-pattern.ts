import { composedChannel } from './channel.ts';

const SEGMENT = String.raw`[\p{L}\p{M}\p{N}*_-]+`;
const PATTERN = new RegExp(String.raw`^(?:${SEGMENT})(?:\.${SEGMENT})*$`, 'u');
const PATTERN_MAX = 64;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** More in one segment would make matching slow. */
const THREE_STARS = /\*[^.*]*\*[^.*]*\*/;

/**
 * Which channels a token is for: names, with `*` for any run of characters within a segment (twice at most), and
 * `**` as last segment for all that is left. Segments are parted by dots: `team.*` is `team.red`, not
 * `team` nor `team.red.secret`; `team.**` is the last, too; `**` is every channel.
 */
export type ChannelPattern = string;

/** Whether text is a pattern. */
export function isChannelPattern(text: string): boolean {
  const pattern = composedChannel(text);
  // Counted in code points, as a channel's name is.
  if (pattern.length > 2 * PATTERN_MAX || [...pattern].length > PATTERN_MAX) return false;
  if (THREE_STARS.test(pattern) || INVISIBLE.test(pattern)) return false;
  return PATTERN.test(pattern) && !/\*\*(?!$)|[^.]\*\*$/.test(pattern);
}

/** Opens the test whether a channel is among those that patterns mean; its name is composed, a pattern need not be. */
export function openChannelMatch(patterns: ChannelPattern[]): (channel: string) => boolean {
  const expressions = patterns.map(toExpression);
  return (channel) => expressions.some((expression) => expression.test(channel));
}

function toExpression(pattern: ChannelPattern): RegExp {
  const source = composedChannel(pattern)
    .split('.')
    .map((segment) => (segment === '**' ? '.+' : segment.replaceAll('*', '[^.]*')))
    .join(String.raw`\.`);
  return new RegExp(`^(?:${source})$`, 'u');
}
