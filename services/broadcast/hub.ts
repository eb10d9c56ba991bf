import type { Socket } from 'node:net';
import { ChatError } from '@parley/contract/problem.ts';
import type { ResetReason } from '@parley/contract/streams/sse.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import { BacklogMemory } from './channel/backlog-memory.ts';
import type { EventLog } from './channel/event-log.ts';
import { HeldEvents } from './channel/held-events.ts';
import { follow } from './channel/intake.ts';
import { Feed } from './channel/live-channel.ts';
import { FollowedChannels } from './channel/live-channels.ts';
import type { Listener } from './channel/live-readers.ts';
import { LogPages } from './channel/log-pages.ts';
import { withSlots } from './channel/log-slots.ts';
import type { Framing } from './framing/framing.ts';
import type { BroadcastMetrics } from './metrics.ts';
import type { Presences } from './presence/presences.ts';
import { catchUp, resetOf, type Start } from './reader/catch-up.ts';
import { CatchUpRoom } from './reader/catch-up-room.ts';
import { type CloseReason, Connection } from './reader/connection.ts';
import { HalfOpenWatch } from './reader/half-open.ts';
import { Heartbeats } from './reader/heartbeats.ts';
import type { Lease, Leases } from './reader/leases.ts';
import { SlowReaders } from './reader/slow-readers.ts';
import type { EnterStream } from './routes/stream-limit.ts';

export interface HubConfig {
  serverName: string;
  heartbeatSeconds: number;
  drainSeconds: number;
  backlogBytes: number;
  readerBytes: number;
  maxStreams: number;
}

interface HubParts {
  log: Log;
  bus: Bus;
  events: EventLog;
  leases: Leases;
  metrics: BroadcastMetrics;
  presences: Presences;
}

interface Joining {
  channel: string;
  start: Start;
  framing: Framing;
  /** Written before everything else: the head of the response. */
  head?: string;
  /** The reader's identity. */
  identity: Identity;
  /** Counts the stream towards its reader's limit; absent where there is no limit. */
  enter?: EnterStream | undefined;
}

interface Joined {
  lease: Lease;
  /** Resolves once hello is written; stays pending when the stream ends before that. */
  greeted: Promise<void>;
}

/** The shortest time after which readers of a stopping server are asked to reconnect. */
const RETRY_MIN_MS = 500;

/** All readers of this instance: joins each to its channel, and ends all streams in order. */
export class Hub {
  readonly #config: HubConfig;
  readonly #parts: HubParts;
  readonly #channels: FollowedChannels;
  readonly #pages: LogPages;
  readonly #memory: BacklogMemory;
  readonly #held = new HeldEvents();
  readonly #room = new CatchUpRoom();
  /**
   * The log with query slots of its own, so that live channels do not wait for readers that catch
   * up.
   */
  readonly #feedLog: EventLog;
  readonly #connections = new Set<Connection>();
  readonly #heartbeats: Heartbeats;
  readonly #halfOpen = new HalfOpenWatch(this.#connections);
  readonly #slow = new SlowReaders(this.#connections);
  #stopping = false;

  constructor(config: HubConfig, parts: HubParts) {
    this.#config = config;
    this.#parts = parts;
    this.#memory = new BacklogMemory(() => this.#channels.makeRoom(this.#memory));
    this.#feedLog = withSlots(parts.events);
    this.#pages = new LogPages(withSlots(parts.events), (channel) => this.#channels.has(channel));
    this.#channels = new FollowedChannels((channel) => this.#open(channel), {
      ...parts,
      onClose: (channel) => this.#pages.forget(channel),
    });
    this.#heartbeats = new Heartbeats(config.heartbeatSeconds);
    parts.metrics.limit.set(config.maxStreams);
    parts.metrics.countMemory({
      backlogs: () => this.#memory.bytes,
      held: () => this.#held.bytes,
      pages: () => this.#pages.bytes,
      catchUps: () => this.#room.holding,
      unsent: () => this.#slow.unsent,
    });
    parts.presences.onChange((change) => {
      const feed = this.#channels.find(change.channel);
      feed?.live.write((framing) => framing.presence(change));
    });
  }

  /** The channels that are live here. */
  get feeds(): Feed[] {
    return this.#channels.feeds;
  }

  /** @throws ChatError `overloaded` when MAX_STREAMS streams are open */
  checkRoom(): void {
    if (this.#connections.size < this.#config.maxStreams) return;
    this.#parts.metrics.turnedAway.inc();
    throw new ChatError('overloaded', 'Too many streams are open here; try again soon.');
  }

  /** Delivers a channel's frames to a listener inside this process until the hub stops. */
  async listen(channel: string, listener: Listener): Promise<void> {
    const feed = this.#channels.acquire(channel);
    await feed.ready;
    feed.live.add(listener);
  }

  /**
   * Makes the socket of a stream request a reader of its channel. The stream ends when its lease
   * expires.
   */
  join(socket: Socket, { channel, start, framing, head = '', identity, enter }: Joining): Joined {
    const greeted = Promise.withResolvers<void>();
    const { leases, metrics, log, presences } = this.#parts;
    const feed = this.#channels.acquire(channel);
    const present = presences.enter(channel, identity.name);
    const connection = new Connection(socket, {
      channel,
      framing,
      maxBytes: this.#config.readerBytes,
      onClose: (_, reason) => {
        stopBeating();
        leave?.();
        leases.release(lease);
        present.leave();
        this.#leave(feed, connection, reason);
      },
    });
    const leave = enter?.();
    const stopBeating = this.#heartbeats.add(connection);
    this.#connections.add(connection);
    metrics.open.inc();
    connection.gather();
    if (head) connection.write(head);
    const lease = leases.grant({ channel, identity, expire: () => connection.expire() });
    if (this.#stopping) {
      connection.end(this.#retryMs());
      return { lease, greeted: greeted.promise };
    }
    const goLive = () => {
      connection.write(present.whole(framing));
      feed.live.add(connection);
    };
    catchUp(
      { feed, connection, start, stream: lease.stream, greeted: greeted.resolve, goLive },
      { pages: this.#pages, room: this.#room, serverName: this.#config.serverName, metrics },
    ).catch((error: unknown) => {
      log.error({ err: error, channel }, 'a reader could not catch up');
      connection.end(this.#retryMs());
    });
    return { lease, greeted: greeted.promise };
  }

  /** Ends every stream and asks the readers to reconnect, spread over the drain time. */
  stop(): void {
    this.#stopping = true;
    this.#heartbeats[Symbol.dispose]();
    this.#halfOpen[Symbol.dispose]();
    this.#slow[Symbol.dispose]();
    for (const connection of this.#connections) connection.end(this.#retryMs());
    this.#channels.closeAll();
  }

  #retryMs(): number {
    return RETRY_MIN_MS + Math.random() * this.#config.drainSeconds * 1000;
  }

  #open(channel: string): Feed {
    const feed = new Feed(channel, {
      ...this.#parts,
      events: this.#feedLog,
      memory: this.#memory,
      held: this.#held,
      backlogBytes: this.#config.backlogBytes,
      onAmend: (amended, ref) => this.#pages.forget(amended.channel, ref),
      onReset: (begun, reason) => {
        this.#pages.forget(begun.channel);
        tellReset(begun, reason);
      },
    });
    void follow(feed, this.#parts);
    return feed;
  }

  #leave(feed: Feed, connection: Connection, reason: CloseReason): void {
    const { metrics } = this.#parts;
    metrics.open.dec();
    metrics.closed.inc({ reason });
    this.#connections.delete(connection);
    feed.live.delete(connection);
    this.#channels.release(feed);
  }
}

function tellReset(feed: Feed, reason: ResetReason): void {
  const reset = resetOf(feed.channel, reason);
  feed.live.write((framing) => framing.reset(reset));
}
