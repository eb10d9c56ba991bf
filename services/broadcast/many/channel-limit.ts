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

/** Counts a stream for the limits as its channels change. The connection itself counts as one. */
export class StreamCount {
  /**
   * Counts one more stream of the client; returns what ends that.
   * @throws ChatError `too-many-requests`
   */
  readonly #enter: () => () => void;
  readonly #leaves: (() => void)[] = [];

  constructor(enter: () => () => void) {
    this.#enter = enter;
  }

  /**
   * Counts the stream with that number of channels.
   * @throws ChatError `too-many-requests` when the client has too many streams
   */
  set(channels: number): void {
    const further = streamsOf(channels) - 1;
    while (this.#leaves.length > further) this.#leaves.pop()?.();
    while (this.#leaves.length < further) this.#leaves.push(this.#enter());
  }
}
