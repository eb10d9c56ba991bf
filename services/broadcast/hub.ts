import type { Socket } from 'node:net';
import { accountIdOf } from '@parley/contract/accounts/subject.ts';
import type { Side } from '@parley/contract/channels/topic.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import type { Access, AccessFollower, AllAccessFollower, Sight } from './access/access.ts';
import { type PrivateChannel, sideFor } from './access/private-channel.ts';
import type { Sides } from './access/sides.ts';
import { renamedTo } from './channel/live-channel.ts';
import type { Framing } from './framing/framing.ts';
import { ChannelGroups } from './many/channel-groups.ts';
import { StreamCount } from './many/channel-limit.ts';
import type { MatchingChannels } from './many/matching-channels.ts';
import { type ManyChannels, openMany } from './many/open-many.ts';
import { type SubscriptionParts, Subscriptions } from './many/subscriptions.ts';
import type { BroadcastMetrics } from './metrics.ts';
import type { Presences, ReaderPresence } from './presence/presences.ts';
import type { AccountStream, AccountStreams } from './reader/account-streams.ts';
import { catchUp, type Start } from './reader/catch-up.ts';
import { CatchUpSpace } from './reader/catch-up-space.ts';
import { Connection } from './reader/connection.ts';
import { HalfOpenWatch } from './reader/half-open.ts';
import { Heartbeats } from './reader/heartbeats.ts';
import type { Lease, Leases } from './reader/leases.ts';
import { SlowReaders } from './reader/slow-readers.ts';

export interface HubConfig {
  serverName: string;
  heartbeatSeconds: number;
  drainSeconds: number;
  /** Unsent bytes at which a slow reader is cut; it resumes with nothing lost. By default 1 MiB. */
  readerBytes?: number;
  /** Bytes of one channel's backlog. By default 1 MiB. */
  backlogBytes?: number;
  maxStreams: number;
}

interface HubParts {
  log: Log;
  channels: Sides;
  access: Access;
  leases: Leases;
  metrics: BroadcastMetrics;
  presences: Presences;
  matching: MatchingChannels;
  accountStreams: AccountStreams;
}

/** What the request for a stream asks for, and who asks. */
interface Request {
  framing: Framing;
  /** Written before everything else: the head of the response. */
  head?: string;
  /** The reader's identity. */
  identity: Identity;
  /** The sides on which it sees the channels. */
  sight: Sight;
  /** Counts the stream towards its reader's limit and returns what ends that; absent without a limit. */
  enter?: (() => () => void) | undefined;
}

/** What the request for a stream of several channels asks for. */
interface RequestMany extends Request {
  /**
   * Counts one more stream of the reader, which has this identity now; returns what ends that.
   * @throws ChatError `too-many-requests`
   */
  enterMore: (identity: Identity) => () => void;
}

interface Joining extends Request {
  channel: string;
  start: Start;
}

type JoiningMany = RequestMany & ManyChannels;

interface Joined {
  lease: Lease;
  /** Resolves once hello is written; stays pending when the stream ends before that. */
  greeted: Promise<void>;
}

const READER_BYTES = 1_048_576;
/** The shortest time after which readers of a stopping server are asked to reconnect. */
const RETRY_MIN_MS = 500;

/** All readers of this instance: they join a channel, leave it, and end in order when it stops. */
export class Hub implements AllAccessFollower {
  readonly #config: HubConfig;
  readonly #parts: HubParts;
  readonly #space = new CatchUpSpace();
  readonly #connections = new Set<Connection>();
  readonly #following = new Map<Connection, AccessFollower>();
  readonly #groups: ChannelGroups;
  readonly #heartbeats: Heartbeats;
  readonly #halfOpen = new HalfOpenWatch(this.#connections);
  readonly #slow = new SlowReaders(this.#connections);
  #stopping = false;

  constructor(config: HubConfig, parts: HubParts) {
    this.#config = config;
    this.#parts = parts;
    this.#groups = new ChannelGroups(parts.metrics);
    this.#heartbeats = new Heartbeats(config.heartbeatSeconds);
    parts.access.follow(this);
    parts.metrics.limit.set(config.maxStreams);
    parts.metrics.countMemory({
      backlogs: () => parts.channels.sum((side) => side.backlogBytes),
      held: () => parts.channels.sum((side) => side.heldBytes),
      pages: () => parts.channels.sum((side) => side.pages.bytes),
      catchUps: () => this.#space.holding,
      unsent: () => this.#slow.unsent,
    });
  }

  /** The number of open streams. */
  get streams(): number {
    return this.#connections.size;
  }

  /** @throws ChatError `overloaded` when MAX_STREAMS streams are open */
  checkSpace(): void {
    if (this.#connections.size < this.#config.maxStreams) return;
    this.#parts.metrics.turnedAway.inc();
    throw new ChatError('overloaded', 'Too many streams are open here; try again soon.');
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
    const revoke = () => connection.revoke(this.#retryMs());
    let isGreeted = false;
    const { connection, lease } = this.#open(socket, joining, {
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
    if (this.#endsAtOnce(connection)) return { lease, greeted: greeted.promise };
    const { serverName: server } = this.#config;
    const { stream } = lease;
    catchUp(
      {
        channel,
        connection,
        isOver: () => connection.closed,
        start,
        greet: (state) => {
          connection.write(framing.hello({ server, ...state, stream }));
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
    ).catch((error: unknown) => this.#endFailed(connection, error));
    return { lease, greeted: greeted.promise };
  }

  /** Makes the socket of a stream request a reader of several channels. */
  joinMany(socket: Socket, joining: JoiningMany): void {
    const { identity, sight } = joining;
    const { channels, metrics, access, matching } = this.#parts;
    const { connection, lease } = this.#open(socket, joining, {
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
      serverName: this.#config.serverName,
      metrics,
      matching,
      count: new StreamCount(() => joining.enterMore(lease.identity)),
      enterPresence: (channel, side) => this.#enterPresence(identity, channel, side),
      nameNow: (channel) => access.nameFor(lease.identity, channel),
      onFailure: (error) => this.#endFailed(connection, error),
    });
    metrics.streamChannels.observe(many.stream.names.length);
    access.repeatSince(sight);
    if (this.#endsAtOnce(connection)) return;
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
    const { connection, lease } = this.#open(socket, joining, {
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
      onFailure: (error) => this.#endFailed(connection, error),
    });
    const { serverName: server } = this.#config;
    if (!this.#endsAtOnce(connection)) {
      connection.write(framing.hello({ server, channels: [], stream: lease.stream }));
    }
    return { lease, subscriptions };
  }

  /** Makes a socket a connection with a lease. */
  #open(
    socket: Socket,
    { framing, head = '', identity, enter }: Request,
    {
      channels = '',
      keepOnly,
      sideOf,
      following,
      onClose,
    }: {
      channels?: string;
      keepOnly: (renewed: Identity) => boolean;
      sideOf: AccountStream['sideOf'];
      following: AccessFollower;
      onClose: () => void;
    },
  ): { connection: Connection; lease: Lease } {
    const { leases, metrics, accountStreams } = this.#parts;
    const connection = new Connection(socket, {
      channels,
      framing,
      maxBytes: this.#config.readerBytes ?? READER_BYTES,
      onClose: (_, reason) => {
        stopBeating();
        leave?.();
        leaveAccount?.();
        leases.release(lease);
        metrics.open.dec();
        metrics.closed.inc({ reason });
        this.#connections.delete(connection);
        this.#following.delete(connection);
        onClose();
      },
    });
    const leave = enter?.();
    const account = accountIdOf(identity.subject);
    const offer: AccountStream['offer'] = (frame) => connection.offer(frame(framing));
    const leaveAccount =
      account === undefined ? undefined : accountStreams.add(account, { sideOf, offer });
    const stopBeating = this.#heartbeats.add(connection);
    this.#connections.add(connection);
    this.#following.set(connection, following);
    metrics.open.inc();
    connection.gather();
    if (head) connection.write(head);
    const lease = leases.grant({
      identity,
      keepOnly: (renewed) => {
        if (!readsTheSame(lease.identity, renewed)) this.#parts.channels.unfollow();
        return keepOnly(renewed);
      },
      expire: () => connection.expire(),
    });
    connection.mayRead = (channel) => lease.identity.maySubscribe(channel);
    return { connection, lease };
  }

  #endFailed(connection: Connection, error: unknown): void {
    const { channels } = connection;
    this.#parts.log.error({ err: error, channel: channels }, 'a reader could not catch up');
    connection.end(this.#retryMs());
  }

  /** Ends the stream that a stopping server has let in. */
  #endsAtOnce(connection: Connection): boolean {
    if (this.#stopping) connection.end(this.#retryMs());
    return this.#stopping;
  }

  /** Cuts every reader of a channel, on both sides, and forgets what is in memory of it. */
  switched(channel: string): void {
    for (const following of this.#following.values()) following.switched(channel);
    const { channels, presences, matching } = this.#parts;
    channels.drop(channel);
    presences.drop(channel);
    matching.forget(channel);
  }

  /** Resets the readers of a channel, and takes the members of a private one off its private side. */
  deleted(channel: string): void {
    for (const following of this.#following.values()) following.deleted(channel);
    const { channels, presences, matching } = this.#parts;
    // A later private channel of that name must not find its backlog: all its readers have left.
    channels.of('private').drop(channel);
    presences.drop(channel, ['private']);
    void channels.of('public').find(channel)?.verify();
    matching.forget(channel);
  }

  /**
   * Ends the old name as a deletion does. Readers that may read the new name get it, and readers of the
   * new name get the channel.
   */
  renamed(channel: string, to: string, side: Side): void {
    for (const following of this.#following.values()) following.renamed(channel, to, side);
    const { channels, presences, matching } = this.#parts;
    channels.of('private').drop(channel);
    presences.drop(channel, ['private']);
    const live = channels.of('public').find(channel);
    void (side === 'public' ? live?.moved(to) : live?.verify());
    void channels.of('public').find(to)?.verify();
    matching.forget(channel);
  }

  /** Moves readers to the side on which they see a channel now, or cuts them. */
  changed(channel: string, state: PrivateChannel | undefined): void {
    for (const following of this.#following.values()) following.changed(channel, state);
    const { channels } = this.#parts;
    // What is in memory of the private side must not be there for a later channel of that name.
    if (state === undefined) channels.of('private').drop(channel);
    channels.follow(channel, state);
  }

  /** Calls the streams only with what they do not follow yet: this happens every few seconds. */
  compared(channel: string, state: PrivateChannel | undefined): void {
    if (!this.#parts.channels.follows(channel, state)) this.changed(channel, state);
  }

  #enterPresence({ name }: Identity, channel: string, side: Side): ReaderPresence {
    return this.#parts.presences.enter(channel, name, side);
  }

  /** Ends every stream and asks the readers to reconnect, spread over the drain time. */
  stop(): void {
    this.#stopping = true;
    this.#heartbeats[Symbol.dispose]();
    this.#halfOpen[Symbol.dispose]();
    this.#slow[Symbol.dispose]();
    for (const connection of this.#connections) connection.end(this.#retryMs());
    this.#parts.channels.closeAll();
  }

  #retryMs(): number {
    return RETRY_MIN_MS + Math.random() * this.#config.drainSeconds * 1000;
  }
}

/** True when a renewed identity may go on reading a side of a channel. */
function mayStay(renewed: Identity, channel: string, side: Side): boolean {
  if (!renewed.maySubscribe(channel)) return false;
  return side === 'public' || renewed.readerOf(channel) !== null;
}

/** True when a renewed identity has the rights to read that it had before. */
function readsTheSame(before: Identity, renewed: Identity): boolean {
  const rightsOf = ({ claims }: Identity) => JSON.stringify([claims?.private, claims?.subscribe]);
  return rightsOf(before) === rightsOf(renewed);
}
