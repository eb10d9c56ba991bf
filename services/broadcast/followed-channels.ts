import { eventsTopic } from '@parley/contract/topic.ts';
import type { Bus } from '@parley/kit/bus.ts';
import type { BacklogMemory } from './backlog-memory.ts';
import type { Feed } from './feed.ts';
import type { BroadcastMetrics } from './metrics.ts';

/** How long a channel without readers stays open, so that a reader that comes back finds it ready. */
const LINGER_MS = 60_000;
/** Channels that may stay open without readers. */
const LINGERING_MAX = 1_000;

interface Followed {
  feed: Feed;
  readers: number;
  linger: NodeJS.Timeout | undefined;
}

/** The channels followed here: from the first reader of each until a while after the last. */
export class FollowedChannels {
  readonly #open: (channel: string) => Feed;
  readonly #bus: Bus;
  readonly #metrics: BroadcastMetrics;
  readonly #onClose: (channel: string) => void;
  readonly #followed = new Map<string, Followed>();
  readonly #lingering = new Set<Followed>();

  /** `open` makes the feed of a channel and begins to follow it; `onClose` is told when that ends. */
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

  /** The feed of a channel, where it is followed. */
  find(channel: string): Feed | undefined {
    return this.#followed.get(channel)?.feed;
  }

  has(channel: string): boolean {
    return this.#followed.has(channel);
  }

  /** The feed of a channel, for one more reader; to be released when the reader leaves. */
  acquire(channel: string): Feed {
    const followed = this.#followed.get(channel) ?? this.#follow(channel);
    clearTimeout(followed.linger);
    this.#lingering.delete(followed);
    followed.readers++;
    return followed.feed;
  }

  /** Takes one reader off. Only channels that exist linger, and so many of them: anybody can ask for names. */
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
   * Makes room for backlogs: closes channels without readers, the one left longest first, and then
   * leaves each of the others its share.
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
