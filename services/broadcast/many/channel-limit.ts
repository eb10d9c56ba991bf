/** Most channels of one stream. */
export const CHANNELS_MAX = 100;
/** Most patterns of one stream: each is compared with the name of every channel. */
export const PATTERNS_MAX = 10;

/** For the limits of streams, each ten channels count as one stream. */
const CHANNELS_OF_ONE = 10;

/** The number of streams that a stream of some channels counts as; at least one. */
export function streamsOf(channels: number): number {
  return Math.max(1, Math.ceil(channels / CHANNELS_OF_ONE));
}
