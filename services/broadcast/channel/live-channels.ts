import { eventsTopic } from '@parley/contract/channels/topic.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import type { BacklogMemory } from './backlog-memory.ts';
import type { Feed } from './live-channel.ts';

/** How long a channel without readers stays open, so that a returning reader finds it ready. */
const LINGER_MS = 60_000;
/** Channels that may stay open without readers. */
const LINGERING_MAX = 1_000;

interface Followed {
  feed: Feed;
  readers: number;
  linger: NodeJS.Timeout | undefined;
}

/** The channels that are live here: each from its first reader until a while after its last. */
export class FollowedChannels {
  readonly #open: (channel: string) => Feed;
  readonly #bus: Bus;
  readonly #metrics: BroadcastMetrics;
  readonly #onClose: (channel: string) => void;
  readonly #followed = new Map<string, Followed>();
  readonly #lingering = new Set<Followed>();

  /**
   * `open` makes a channel's feed and starts it; `onClose` is called when the channel is closed.
   */
  constructor(
    open: (channel: string) => Feed,
    {
      bus,
      metrics,
      onClose,
    }: { bus: Bus; metrics: BroadcastMetrics; onClose: (channel: string) => void },
  ) {
    this.#open = open;
    this.#bus = bus;
    this.#metrics = metrics;
    this.#onClose = onClose;
  }

  get feeds(): Feed[] {
    return [...this.#followed.values()].map(({ feed }) => feed);
  }

  /** The feed of a channel; undefined when the channel is not live here. */
  find(channel: string): Feed | undefined {
    return this.#followed.get(channel)?.feed;
  }

  has(channel: string): boolean {
    return this.#followed.has(channel);
  }

  /** The feed of a channel for one more reader. The caller releases it when the reader leaves. */
  acquire(channel: string): Feed {
    const followed = this.#followed.get(channel) ?? this.#follow(channel);
    clearTimeout(followed.linger);
    this.#lingering.delete(followed);
    followed.readers++;
    return followed.feed;
  }

  /**
   * Removes one reader. A client can ask for any name, so only channels that exist stay open, and
   * at most 1,000 of them.
   */
  release({ channel, epoch }: Feed): void {
    const followed = this.#followed.get(channel);
    if (!followed || --followed.readers > 0) return;
    if (epoch === null) {
      this.#close(followed);
      return;
    }
    followed.linger = setTimeout(() => this.#close(followed), LINGER_MS).unref();
    this.#lingering.add(followed);
    const [longest] = this.#lingering;
    if (this.#lingering.size > LINGERING_MAX && longest) this.#close(longest);
  }

  /**
   * Makes room for backlogs: first closes channels without readers, the longest unused first, then
   * trims every other backlog to its share.
   */
  makeRoom(memory: BacklogMemory): void {
    for (const lingering of this.#lingering) {
      if (!memory.isFull) return;
      this.#close(lingering);
    }
    if (!memory.isFull) return;
    const share = memory.shareOf(this.#followed.size);
    for (const { feed } of this.#followed.values()) feed.backlog.trim(share);
  }

  closeAll(): void {
    for (const followed of this.#followed.values()) this.#close(followed);
  }

  #follow(channel: string): Followed {
    const followed: Followed = { feed: this.#open(channel), readers: 0, linger: undefined };
    this.#followed.set(channel, followed);
    this.#metrics.channels.set(this.#followed.size);
    return followed;
  }

  #close(followed: Followed): void {
    const { feed } = followed;
    clearTimeout(followed.linger);
    this.#lingering.delete(followed);
    this.#bus.unsubscribe(eventsTopic(feed.channel));
    feed.close();
    this.#followed.delete(feed.channel);
    this.#onClose(feed.channel);
    this.#metrics.channels.set(this.#followed.size);
  }
}
