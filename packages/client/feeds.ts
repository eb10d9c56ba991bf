import type { ChannelState, LogEvent, Reset } from './events.ts';
import { Feed, type FeedParts, type FeedStart } from './feed.ts';
import { CHANNELS_MAX, type Greeting } from './link/link.ts';
import { isPattern, openMatch } from './pattern-match.ts';

/** The feeds of a subscription: that of its channel, or one for each channel that matches its pattern. */
export class Feeds {
  readonly has: (channel: string) => boolean;
  readonly #name: string;
  readonly #start: FeedStart;
  readonly #parts: FeedParts;
  readonly #feeds = new Map<string, Feed>();
  /**
   * Where a channel begins that the stream before did not have: one made since then is new as a whole.
   * Undefined before the first stream.
   */
  #startOfOthers: FeedStart | undefined;

  constructor(name: string, start: FeedStart, parts: FeedParts) {
    this.#name = name;
    this.#start = start;
    this.#parts = parts;
    this.has = openMatch(name);
    if (!isPattern(name)) this.#add(name, start);
  }

  of(channel: string): Feed | undefined {
    return this.#feeds.get(channel);
  }

  /** The channels' states at the begin of a stream. */
  greet({ states, covered, asked }: Greeting): void {
    if (!asked.has(this.#name)) return;
    for (const state of states) if (this.has(state.channel)) this.#greetOne(state, covered);
    // A full stream may have left the channel out, which is old then.
    this.#startOfOthers = states.length < CHANNELS_MAX ? WHOLE : this.#start;
  }

  receive(event: LogEvent): void {
    if (!this.has(event.channel)) return;
    (this.of(event.channel) ?? this.#join(event)).receive(event);
  }

  reset(reset: Reset, state: ChannelState | undefined): void {
    this.of(reset.channel)?.reset(reset, state);
  }

  /** Forgets a channel that does not have this name any more. */
  drop(channel: string): void {
    this.of(channel)?.close();
    this.#feeds.delete(channel);
  }

  /** Compares the log of its channel with what has arrived. */
  look(): void {
    void this.of(this.#name)?.look();
  }

  close(): void {
    for (const feed of this.#feeds.values()) feed.close();
  }

  #greetOne(state: ChannelState, covered: ReadonlySet<string>): void {
    const known = this.of(state.channel);
    if (known) known.greet(state, covered.has(state.channel));
    // A stream that resumes sends a channel that is new to it from its first event. For this
    // subscription the first stream is a begin, also when it resumes for another tab.
    else if (covered.size === 0 || !this.#startOfOthers) {
      this.#add(state.channel, this.#startOfOthers ?? this.#start).greet(state, false);
    }
  }

  /** A channel that came to match: its events begin with this one. */
  #join({ channel, epoch, seq }: LogEvent): Feed {
    const feed = this.#add(channel, { after: `${epoch}:${seq - 1}` });
    feed.greet({ channel, epoch, head: seq - 1 }, true);
    return feed;
  }

  #add(channel: string, start: FeedStart): Feed {
    const feed = new Feed(channel, start, this.#parts);
    this.#feeds.set(channel, feed);
    return feed;
  }
}

/** From the first event of the log. */
const WHOLE: FeedStart = { after: ':0' };
