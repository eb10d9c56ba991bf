import type { Side } from '@parley/contract/channels/topic.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { LeftOut } from '@parley/contract/streams/sse.ts';
import type { ChannelState } from '@parley/contract/streams/websocket.ts';
import type { Sides } from '../access/sides.ts';
import { type LiveChannel, renamedTo } from '../channel/live-channel.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import type { ReaderPresence } from '../presence/presences.ts';
import { catchUp, type Start } from '../reader/catch-up.ts';
import type { CatchUpSpace } from '../reader/catch-up-space.ts';
import type { Connection } from '../reader/connection.ts';
import { CHANNELS_MAX, type StreamCount } from './channel-limit.ts';

export interface SubscriptionParts {
  channels: Sides;
  space: CatchUpSpace;
  metrics: BroadcastMetrics;
  enterPresence: (channel: string, side: Side) => ReaderPresence;
  /** What a channel of an old name is called now, if the client may read that. */
  nameNow: (channel: string) => Promise<string | undefined>;
  count: StreamCount;
  /** Writes the answer to a subscription, before any event of its channel. */
  greet: (state: ChannelState) => void;
  /** Called when a channel cannot be sent. */
  onFailure: (error: unknown) => void;
}

interface Subscription {
  channel: LiveChannel;
  presence: ReaderPresence;
  /** True once its state is written. */
  greeted: boolean;
  /** True when it has ended while its past events were still sent. */
  ended: boolean;
}

/** The channels to which the client of one WebSocket has subscribed. */
export class Subscriptions {
  readonly #connection: Connection;
  readonly #parts: SubscriptionParts;
  readonly #open = new Map<string, Subscription>();
  /** The most channels at once. */
  #most = 0;
  /** Past events are sent of one channel after another. */
  #last: Promise<void> = Promise.resolve();

  constructor(connection: Connection, parts: SubscriptionParts) {
    this.#connection = connection;
    this.#parts = parts;
  }

  get names(): string[] {
    return [...this.#open.keys()];
  }

  get #keys(): string[] {
    return [...this.#open.values()].map(({ channel }) => channel.key);
  }

  /** True once the answer to a subscription is written. */
  isGreeted(name: string): boolean {
    return this.#open.get(name)?.greeted === true;
  }

  /** The side of a subscribed channel; undefined when there is no subscription. */
  sideOf(name: string): Side | undefined {
    return this.#open.get(name)?.channel.side;
  }

  /**
   * Begins to send a channel. Resolves when its state is written. A closed connection, which ended
   * its subscriptions already, gets no more.
   * @throws ChatError `too-many-channels`, `too-many-requests`, or `invalid-query` for a channel that
   * is subscribed already
   */
  async add(name: string, start: Start, side: Side): Promise<void> {
    if (this.#connection.closed) return;
    this.#check(name);
    const { channels, enterPresence } = this.#parts;
    const subscription = {
      channel: channels.acquire(name, side),
      presence: enterPresence(name, side),
      greeted: false,
      ended: false,
    };
    this.#open.set(name, subscription);
    this.#most = Math.max(this.#most, this.#open.size);
    this.#connection.shareBytesOf(this.#keys);
    const greeted = Promise.withResolvers<void>();
    this.#last = this.#last.then(() => this.#catchUp(subscription, start, greeted.resolve));
    await greeted.promise;
  }

  /** Ends a subscription; false when there is none. */
  delete(name: string): boolean {
    const subscription = this.#open.get(name);
    if (!subscription) return false;
    const { channel, presence } = subscription;
    subscription.ended = true;
    this.#open.delete(name);
    this.#connection.shareBytesOf(this.#keys);
    channel.readers.delete(this.#connection);
    presence.leave();
    this.#parts.channels.release(channel);
    this.#parts.count.set(this.#open.size);
    return true;
  }

  /** Ends a subscription for a reason, or because the channel has another name, `to`. */
  leaveOut(name: string, why: LeftOut | { to: string }): void {
    if (!this.delete(name)) return;
    const reset =
      typeof why === 'string' ? { channel: name, reason: why } : renamedTo(name, why.to);
    this.#connection.write(this.#connection.framing.reset(reset));
  }

  close(): void {
    if (this.#most > 0) this.#parts.metrics.streamChannels.observe(this.#most);
    for (const name of this.names) this.delete(name);
  }

  #check(name: string): void {
    if (this.#open.has(name)) {
      throw new ChatError(
        'invalid-query',
        'This channel is subscribed already; unsubscribe first.',
      );
    }
    if (this.#open.size >= CHANNELS_MAX) {
      throw new ChatError(
        'too-many-channels',
        `A connection has at most ${CHANNELS_MAX} channels; unsubscribe from one, or open another connection.`,
      );
    }
    this.#parts.count.set(this.#open.size + 1);
  }

  async #catchUp(subscription: Subscription, start: Start, greeted: () => void): Promise<void> {
    const { channel, presence } = subscription;
    const connection = this.#connection;
    const { channels, space, metrics, greet, nameNow, onFailure } = this.#parts;
    const isOver = () => connection.closed || subscription.ended;
    try {
      await catchUp(
        {
          channel,
          connection,
          isOver,
          start,
          nameNow: () => nameNow(channel.name),
          greet: (state) => {
            if (!isOver()) greet(state);
            subscription.greeted = true;
            greeted();
          },
          goLive: () => {
            if (isOver()) return;
            connection.write(presence.whole(connection.framing));
            channel.readers.add(connection);
          },
        },
        { pages: channels.pagesOf(channel), space, metrics },
      );
    } catch (error) {
      onFailure(error);
    } finally {
      greeted();
    }
  }
}
