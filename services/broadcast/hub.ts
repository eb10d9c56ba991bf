import type { Socket } from 'node:net';
import type { Side } from '@parley/contract/channels/topic.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import { sideFor } from './access/private-channel.ts';
import { renamedTo } from './channel/live-channel.ts';
import { ChannelGroups } from './many/channel-groups.ts';
import { StreamCount } from './many/channel-limit.ts';
import { type ManyChannels, openMany } from './many/open-many.ts';
import { type SubscriptionParts, Subscriptions } from './many/subscriptions.ts';
import type { ReaderPresence } from './presence/presences.ts';
import { catchUp, type Start } from './reader/catch-up.ts';
import { CatchUpSpace } from './reader/catch-up-space.ts';
import type { Lease } from './reader/leases.ts';
import { type StreamRequest, Streams, type StreamsConfig, type StreamsParts } from './streams.ts';

export interface HubConfig extends StreamsConfig {
  serverName: string;
  /** Bytes of one channel's backlog. By default 1 MiB. */
  backlogBytes?: number;
}

/** What the request for a stream of several channels asks for. */
interface RequestMany extends StreamRequest {
  /**
   * Counts one more stream of the reader, which has this identity now; returns what ends that.
   * @throws ChatError `too-many-requests`
   */
  enterMore: (identity: Identity) => () => void;
}

interface Joining extends StreamRequest {
  channel: string;
  start: Start;
}

type JoiningMany = RequestMany & ManyChannels;

interface Joined {
  lease: Lease;
  /** Resolves once hello is written; stays pending when the stream ends before that. */
  greeted: Promise<void>;
}

/** All readers of this instance: they join a channel, leave it, and end in order when it stops. */
export class Hub {
  readonly #serverName: string;
  readonly #parts: StreamsParts;
  readonly #streams: Streams;
  readonly #space = new CatchUpSpace();
  readonly #groups: ChannelGroups;

  constructor(config: HubConfig, parts: StreamsParts) {
    this.#serverName = config.serverName;
    this.#parts = parts;
    this.#streams = new Streams(config, parts);
    this.#groups = new ChannelGroups(parts.metrics);
    parts.metrics.countMemory({
      backlogs: () => parts.channels.sum((side) => side.backlogBytes),
      held: () => parts.channels.sum((side) => side.heldBytes),
      pages: () => parts.channels.sum((side) => side.pages.bytes),
      catchUps: () => this.#space.holding,
      unsent: () => this.#streams.unsent,
    });
  }

  /** The number of open streams. */
  get streams(): number {
    return this.#streams.count;
  }

  /** @throws ChatError `overloaded` when MAX_STREAMS streams are open */
  checkSpace(): void {
    this.#streams.checkSpace();
  }

  /**
   * Makes the socket of a stream request a reader of its channel. The stream ends when its lease
   * expires.
   */
  join(socket: Socket, joining: Joining): Joined {
    const { channel: name, start, framing, identity, sight } = joining;
    const greeted = Promise.withResolvers<void>();
    const { channels, metrics, access } = this.#parts;
    const side = sight.sides.get(name) ?? 'public';
    const channel = channels.acquire(name, side);
    const present = this.#enterPresence(identity, name, side);
    const revoke = () => this.#streams.revoke(connection);
    let isGreeted = false;
    const { connection, lease } = this.#streams.open(socket, joining, {
      channels: channel.key,
      keepOnly: (renewed) => mayStay(renewed, name, side),
      sideOf: (other) => (isGreeted && other === name ? side : undefined),
      following: {
        switched: (other) => {
          if (other === name) revoke();
        },
        deleted: (other) => {
          if (other === name && side === 'private') revoke();
        },
        renamed: (other, to, now) => {
          if (other !== name || side === 'public') return;
          if (now === side && mayStay(lease.identity, to, side))
            connection.write(framing.reset(renamedTo(name, to)));
          revoke();
        },
        changed: (other, state) => {
          if (other === name && sideFor(lease.identity.readerOf(name), state) !== side) revoke();
        },
      },
      onClose: () => {
        present.leave();
        channel.readers.delete(connection);
        channels.release(channel);
      },
    });
    metrics.streamChannels.observe(1);
    access.repeatSince(sight);
    if (this.#streams.endsAtOnce(connection)) return { lease, greeted: greeted.promise };
    const server = this.#serverName;
    const { stream } = lease;
    catchUp(
      {
        channel,
        connection,
        isOver: () => connection.closed,
        start,
        greet: (state, id) => {
          connection.write(framing.hello({ server, ...state, stream }, id));
          isGreeted = true;
          greeted.resolve();
        },
        nameNow: () => access.nameFor(lease.identity, name),
        goLive: () => {
          connection.write(present.whole(framing));
          channel.readers.add(connection);
        },
      },
      { pages: channels.pagesOf(channel), space: this.#space, metrics },
    ).catch((error: unknown) => this.#streams.endFailed(connection, error));
    return { lease, greeted: greeted.promise };
  }

  /** Makes the socket of a stream request a reader of several channels. */
  joinMany(socket: Socket, joining: JoiningMany): void {
    const { identity, sight } = joining;
    const { channels, metrics, access, matching } = this.#parts;
    const { connection, lease } = this.#streams.open(socket, joining, {
      keepOnly: (renewed) => many.keepOnly(renewed),
      sideOf: (channel) => (many.stream.isGreeted ? many.stream.sideOf(channel) : undefined),
      following: {
        switched: (channel) => many.switched(channel),
        deleted: (channel) => many.deleted(channel),
        renamed: (channel, to, side) => many.renamed(channel, to, side),
        changed: (channel, state) => many.changed(channel, state),
      },
      onClose: () => many.close(),
    });
    const many = openMany(connection, identity, joining, {
      channels,
      groups: this.#groups,
      space: this.#space,
      serverName: this.#serverName,
      metrics,
      matching,
      count: new StreamCount(() => joining.enterMore(lease.identity)),
      enterPresence: (channel, side) => this.#enterPresence(identity, channel, side),
      nameNow: (channel) => access.nameFor(lease.identity, channel),
      onFailure: (error) => this.#streams.endFailed(connection, error),
    });
    metrics.streamChannels.observe(many.stream.names.length);
    access.repeatSince(sight);
    if (this.#streams.endsAtOnce(connection)) return;
    void many.begin(lease.stream);
  }

  /** Makes the socket of a WebSocket request a reader of the channels to which it subscribes. */
  joinSocket(
    socket: Socket,
    joining: RequestMany & Pick<SubscriptionParts, 'greet'>,
  ): { lease: Lease; subscriptions: Subscriptions } {
    const { identity, framing, greet } = joining;
    const { channels, metrics, access } = this.#parts;
    const leaveOut = (name: string) => subscriptions.leaveOut(name, 'forbidden');
    const { connection, lease } = this.#streams.open(socket, joining, {
      keepOnly: (renewed) => {
        for (const name of subscriptions.names) {
          if (!mayStay(renewed, name, subscriptions.sideOf(name) ?? 'public')) leaveOut(name);
        }
        return true;
      },
      sideOf: (name) => (subscriptions.isGreeted(name) ? subscriptions.sideOf(name) : undefined),
      following: {
        switched: leaveOut,
        deleted: (name) => {
          if (subscriptions.sideOf(name) === 'private') subscriptions.leaveOut(name, 'gone');
        },
        renamed: (name, to, side) => {
          if (subscriptions.sideOf(name) !== 'private') return;
          const follows = side === 'private' && mayStay(lease.identity, to, side);
          subscriptions.leaveOut(name, follows ? { to } : 'gone');
        },
        changed: (name, state) => {
          const side = sideFor(lease.identity.readerOf(name), state);
          if (subscriptions.sideOf(name) !== side) leaveOut(name);
        },
      },
      onClose: () => subscriptions.close(),
    });
    const subscriptions = new Subscriptions(connection, {
      channels,
      space: this.#space,
      metrics,
      enterPresence: (channel, side) => this.#enterPresence(identity, channel, side),
      nameNow: (channel) => access.nameFor(lease.identity, channel),
      count: new StreamCount(() => joining.enterMore(lease.identity)),
      greet,
      onFailure: (error) => this.#streams.endFailed(connection, error),
    });
    const server = this.#serverName;
    if (!this.#streams.endsAtOnce(connection)) {
      connection.write(framing.hello({ server, channels: [], stream: lease.stream }));
    }
    return { lease, subscriptions };
  }

  #enterPresence({ name }: Identity, channel: string, side: Side): ReaderPresence {
    return this.#parts.presences.enter(channel, name, side);
  }

  /** Ends every stream and asks the readers to reconnect, spread over the drain time. */
  stop(): void {
    this.#streams.stop();
    this.#parts.channels.closeAll();
  }
}

/** True when a renewed identity may go on reading a side of a channel. */
function mayStay(renewed: Identity, channel: string, side: Side): boolean {
  if (!renewed.maySubscribe(channel)) return false;
  return side === 'public' || renewed.readerOf(channel) !== null;
}
