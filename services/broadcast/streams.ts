import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { accountIdOf } from '@parley/contract/accounts/subject.ts';
import type { Side } from '@parley/contract/channels/topic.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import type { Access, AccessFollower, AllAccessFollower, Sight } from './access/access.ts';
import type { PrivateChannel } from './access/private-channel.ts';
import type { Sides } from './access/sides.ts';
import type { Framing } from './framing/framing.ts';
import type { MatchingChannels } from './many/matching-channels.ts';
import type { BroadcastMetrics } from './metrics.ts';
import type { Presences } from './presence/presences.ts';
import type { AccountStream, AccountStreams } from './reader/account-streams.ts';
import { Connection } from './reader/connection.ts';
import { HalfOpenWatch } from './reader/half-open.ts';
import { Heartbeats } from './reader/heartbeats.ts';
import type { Lease, Leases } from './reader/leases.ts';
import { SlowReaders } from './reader/slow-readers.ts';

export interface StreamsConfig {
  heartbeatSeconds: number;
  drainSeconds: number;
  /** Unsent bytes at which a slow reader is cut; it resumes with nothing lost. By default 1 MiB. */
  readerBytes?: number;
  maxStreams: number;
}

export interface StreamsParts {
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
export interface StreamRequest {
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

interface StreamOptions {
  /** The channel of a stream that has one, for the log. */
  channels?: string;
  /** Leaves out what a renewed identity may not read. False: nothing is left, and the stream ends. */
  keepOnly: (renewed: Identity) => boolean;
  sideOf: AccountStream['sideOf'];
  following: AccessFollower;
  onClose: () => void;
}

const READER_BYTES = 1_048_576;
/** The shortest time after which readers of a stopping server are asked to reconnect. */
const RETRY_MIN_MS = 500;
/** How long the readers of an old name wait until the new name is read here. */
const VERIFY_LIMIT_MS = 1_000;

/** The open streams of this instance. Each follows the changes of access to its channels. */
export class Streams implements AllAccessFollower {
  readonly #config: StreamsConfig;
  readonly #parts: StreamsParts;
  readonly #connections = new Set<Connection>();
  readonly #following = new Map<Connection, AccessFollower>();
  readonly #heartbeats: Heartbeats;
  readonly #halfOpen = new HalfOpenWatch(this.#connections);
  readonly #slow = new SlowReaders(this.#connections);
  #stopping = false;

  constructor(config: StreamsConfig, parts: StreamsParts) {
    this.#config = config;
    this.#parts = parts;
    this.#heartbeats = new Heartbeats(config.heartbeatSeconds);
    parts.access.follow(this);
    parts.metrics.limit.set(config.maxStreams);
  }

  /** The number of open streams. */
  get count(): number {
    return this.#connections.size;
  }

  /** Bytes that are written for the readers and not sent yet. */
  get unsent(): number {
    return this.#slow.unsent;
  }

  /** @throws ChatError `overloaded` when MAX_STREAMS streams are open */
  checkSpace(): void {
    if (this.#connections.size < this.#config.maxStreams) return;
    this.#parts.metrics.turnedAway.inc();
    throw new ChatError('overloaded', 'Too many streams are open here; try again soon.');
  }

  /** Makes a socket a stream: a connection with a lease, which follows the changes of access. */
  open(
    socket: Socket,
    { framing, head = '', identity, enter }: StreamRequest,
    { channels = '', keepOnly, sideOf, following, onClose }: StreamOptions,
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

  /** Ends a stream that has failed, and logs why. */
  endFailed(connection: Connection, error: unknown): void {
    const { channels } = connection;
    this.#parts.log.error({ err: error, channel: channels }, 'a reader could not catch up');
    connection.end(this.#retryMs());
  }

  /** Ends the stream that a stopping server has let in. */
  endsAtOnce(connection: Connection): boolean {
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
  async renamed(channel: string, to: string, side: Side): Promise<void> {
    const { channels, presences, matching } = this.#parts;
    // Readers that go to the new name find its log there.
    const late = delay(VERIFY_LIMIT_MS, undefined, { ref: false });
    await Promise.race([channels.of('public').find(to)?.verify(), late]);
    for (const following of this.#following.values()) void following.renamed(channel, to, side);
    channels.of('private').drop(channel);
    presences.drop(channel, ['private']);
    const live = channels.of('public').find(channel);
    void (side === 'public' ? live?.moved(to) : live?.verify());
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

  /** Ends every stream and asks the readers to reconnect, spread over the drain time. */
  stop(): void {
    this.#stopping = true;
    this.#heartbeats[Symbol.dispose]();
    this.#halfOpen[Symbol.dispose]();
    this.#slow[Symbol.dispose]();
    for (const connection of this.#connections) connection.end(this.#retryMs());
  }

  /** Ends the stream of a reader that sees its channel no more. */
  revoke(connection: Connection): void {
    connection.revoke(this.#retryMs());
  }

  #retryMs(): number {
    return RETRY_MIN_MS + Math.random() * this.#config.drainSeconds * 1000;
  }
}

/** True when a renewed identity has the rights to read that it had before. */
function readsTheSame(before: Identity, renewed: Identity): boolean {
  const rightsOf = ({ claims }: Identity) => JSON.stringify([claims?.private, claims?.subscribe]);
  return rightsOf(before) === rightsOf(renewed);
}
