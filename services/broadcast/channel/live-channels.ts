import type { Side } from '@parley/contract/channels/topic.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import { BacklogMemory } from './backlog-memory.ts';
import type { EventLog } from './event-log.ts';
import { HeldEvents } from './held-events.ts';
import { receiveFromBus, unsubscribe } from './intake.ts';
import { LiveChannel } from './live-channel.ts';
import { LogPages } from './log-pages.ts';
import { withSlots } from './log-slots.ts';
import type { Reader } from './readers.ts';

/** How long a channel without readers stays open, so that a returning reader finds it ready. */
const LINGER_MS = 60_000;
/** Channels that may stay open without readers. */
const LINGERING_MAX = 1_000;

interface LiveChannelsParts {
  log: Log;
  bus: Bus;
  events: EventLog;
  metrics: BroadcastMetrics;
  /** Bytes of one channel's backlog. */
  backlogBytes?: number | undefined;
  /** The side of the names that the readers see; public by default. */
  side?: Side;
  /** Bytes of all backlogs together; as many as `BacklogMemory` allows by default. */
  backlogsBytes?: number;
}

interface Open {
  channel: LiveChannel;
  readers: number;
  linger: NodeJS.Timeout | undefined;
}

/** The channels that are live here: each from its first reader until a while after its last. */
export class LiveChannels {
  /** The log in pages, for readers further behind than a backlog reaches. */
  readonly pages: LogPages;
  readonly #parts: LiveChannelsParts;
  readonly #memory: BacklogMemory;
  readonly #held = new HeldEvents();
  /** The log with query slots of its own, so that no channel waits for readers that catch up. */
  readonly #events: EventLog;
  readonly #open = new Map<string, Open>();
  readonly #lingering = new Set<Open>();

  constructor(parts: LiveChannelsParts) {
    this.#parts = parts;
    this.#memory = new BacklogMemory(() => this.#makeSpace(), parts.backlogsBytes);
    this.#events = withSlots(parts.events);
    this.pages = new LogPages(withSlots(parts.events), (name) => this.#open.has(name));
  }

  get all(): LiveChannel[] {
    return [...this.#open.values()].map(({ channel }) => channel);
  }

  /** Bytes of all backlogs. */
  get backlogBytes(): number {
    return this.#memory.bytes;
  }

  /** Bytes of events that cannot be delivered yet. */
  get heldBytes(): number {
    return this.#held.bytes;
  }

  /** Undefined when the channel is not live here. */
  find(name: string): LiveChannel | undefined {
    return this.#open.get(name)?.channel;
  }

  /** A channel for one more reader. The caller releases it when the reader leaves. */
  acquire(name: string): LiveChannel {
    const open = this.#open.get(name) ?? this.#start(name);
    clearTimeout(open.linger);
    this.#lingering.delete(open);
    open.readers++;
    return open.channel;
  }

  /** Delivers a channel's frames to a reader inside this process for good. */
  async read(name: string, reader: Reader): Promise<void> {
    const channel = this.acquire(name);
    await channel.ready;
    channel.readers.add(reader);
  }

  /**
   * Removes one reader. A client can ask for any name, so only channels that exist stay open, and
   * at most 1,000 of them.
   */
  release(channel: LiveChannel): void {
    const { name, epoch } = channel;
    const open = this.#open.get(name);
    // A channel that was dropped may be open again under its name.
    if (open?.channel !== channel || --open.readers > 0) return;
    if (epoch === null) {
      this.#close(open);
      return;
    }
    open.linger = setTimeout(() => this.#close(open), LINGER_MS).unref();
    this.#lingering.add(open);
    const [longest] = this.#lingering;
    if (this.#lingering.size > LINGERING_MAX && longest) this.#close(longest);
  }

  /** Closes a channel although it has readers; a new reader opens it again, and finds nothing of it. */
  drop(name: string): void {
    const open = this.#open.get(name);
    if (open) this.#close(open);
  }

  closeAll(): void {
    for (const open of this.#open.values()) this.#close(open);
  }

  #start(name: string): Open {
    const parts = { ...this.#parts, events: this.#events };
    const kept = { memory: this.#memory, held: this.#held, pages: this.pages };
    const channel = new LiveChannel(name, { ...parts, ...kept });
    const open: Open = { channel, readers: 0, linger: undefined };
    this.#open.set(name, open);
    this.#parts.metrics.channels.inc();
    void receiveFromBus(channel, this.#parts);
    return open;
  }

  /**
   * Makes space for backlogs: first closes channels without readers, the longest unused first, then
   * trims every other backlog to its share.
   */
  #makeSpace(): void {
    for (const lingering of this.#lingering) {
      if (!this.#memory.isFull) return;
      this.#close(lingering);
    }
    if (!this.#memory.isFull) return;
    const share = this.#memory.shareOf(this.#open.size);
    for (const { channel } of this.#open.values()) channel.backlog.shrink(share);
  }

  #close(open: Open): void {
    const { channel, linger } = open;
    clearTimeout(linger);
    this.#lingering.delete(open);
    unsubscribe(channel, this.#parts.bus);
    channel.close();
    this.#open.delete(channel.name);
    this.pages.forget(channel.name);
    this.#parts.metrics.channels.dec();
  }
}
