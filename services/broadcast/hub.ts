import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEvent } from '@parley/contract/event.ts';
import type { ResetReason } from '@parley/contract/sse.ts';
import { eventsTopic } from '@parley/contract/topic.ts';
import type { Bus } from '@parley/kit/bus.ts';
import type { Log } from '@parley/kit/log.ts';
import { catchUp, encodeReset, type Start } from './catch-up.ts';
import { type CloseReason, Connection } from './connection.ts';
import type { EventLog } from './event-log.ts';
import { Feed } from './feed.ts';
import { Heartbeats } from './heartbeats.ts';
import { LogPages } from './log-pages.ts';
import type { BroadcastMetrics } from './metrics.ts';
import { openTurn } from './turn.ts';

/** How long a channel without readers stays open, so that a reader that comes back finds it ready. */
const LINGER_MS = 60_000;
/** Channels that may stay open without readers. */
const LINGERING_MAX = 1_000;
/** How long the broker may take to grant a subscription before the log alone is read. */
const GRANT_WAIT_MS = 1_000;

export interface HubConfig {
  serverName: string;
  heartbeatSeconds: number;
  drainSeconds: number;
  backlogBytes: number;
  readerBytes: number;
}

interface HubParts {
  log: Log;
  bus: Bus;
  events: EventLog;
  metrics: BroadcastMetrics;
}

interface Place {
  feed: Feed;
  readers: number;
  linger: NodeJS.Timeout | undefined;
}

/** The channels that have readers here, and the readers: brings the two together and parts them. */
export class Hub {
  readonly #config: HubConfig;
  readonly #parts: HubParts;
  readonly #pages: LogPages;
  readonly #places = new Map<string, Place>();
  readonly #lingering = new Set<Place>();
  readonly #connections = new Set<Connection>();
  readonly #heartbeats: Heartbeats;
  readonly #touched = new Set<Feed>();
  readonly #turn = openTurn(() => this.#flush());
  #stopping = false;

  constructor(config: HubConfig, parts: HubParts) {
    this.#config = config;
    this.#parts = parts;
    this.#pages = new LogPages(parts.events);
    this.#heartbeats = new Heartbeats(config.heartbeatSeconds);
  }

  /** The channels followed here. */
  get feeds(): Feed[] {
    return [...this.#places.values()].map(({ feed }) => feed);
  }

  /** Makes a socket, whose request was for a stream, a reader of a channel; `head` is what it gets first. */
  join(
    socket: Socket,
    { channel, start, head }: { channel: string; start: Start; head: string },
  ): void {
    const { metrics, log } = this.#parts;
    const place = this.#place(channel);
    const connection = new Connection(socket, {
      maxBytes: this.#config.readerBytes,
      onClose: (_, reason) => {
        stopBeating();
        this.#leave(place, connection, reason);
      },
    });
    const stopBeating = this.#heartbeats.add(connection);
    this.#connections.add(connection);
    metrics.open.inc();
    connection.gather();
    connection.write(head);
    if (this.#stopping) {
      connection.end(this.#retryMs());
      return;
    }
    catchUp(
      { feed: place.feed, connection, start },
      { pages: this.#pages, serverName: this.#config.serverName, metrics },
    ).catch((error: unknown) => {
      log.error({ err: error, channel }, 'a reader could not be brought up to date');
      connection.end(this.#retryMs());
    });
  }

  /** Ends every stream; the readers are asked to come back spread over the drain time. */
  stop(): void {
    this.#stopping = true;
    this.#heartbeats[Symbol.dispose]();
    for (const connection of this.#connections) connection.end(this.#retryMs());
    for (const { feed, linger } of this.#places.values()) {
      clearTimeout(linger);
      feed.close();
    }
  }

  #retryMs(): number {
    return 500 + Math.random() * this.#config.drainSeconds * 1000;
  }

  #place(channel: string): Place {
    const place = this.#places.get(channel) ?? this.#open(channel);
    clearTimeout(place.linger);
    this.#lingering.delete(place);
    place.readers++;
    return place;
  }

  #open(channel: string): Place {
    const { log, events, metrics } = this.#parts;
    const feed = new Feed(channel, {
      log,
      events,
      metrics,
      backlogBytes: this.#config.backlogBytes,
      askFlush: (touched) => {
        this.#touched.add(touched);
        this.#turn.ask();
      },
      onReset: tellReset,
    });
    const place: Place = { feed, readers: 0, linger: undefined };
    this.#places.set(channel, place);
    metrics.channels.set(this.#places.size);
    void this.#follow(feed);
    return place;
  }

  /**
   * Listens before it asks the log, so that what happens in between is not missed; a broker that
   * does not answer is not waited for long, and what it did not bring is compared with the log.
   */
  async #follow(feed: Feed): Promise<void> {
    const { channel } = feed;
    const granted = this.#parts.bus
      .subscribe(eventsTopic(channel), (payload) => this.#takeIn(feed, payload))
      .catch((error: Error) => {
        this.#parts.log.warn({ channel, cause: error.message }, 'not subscribed; the log is read');
      });
    const inTime = await Promise.race([granted.then(() => true), delay(GRANT_WAIT_MS, false)]);
    await feed.open();
    if (inTime) return;
    await granted;
    await feed.verify();
  }

  #takeIn(feed: Feed, payload: Buffer): void {
    try {
      const event = parseEvent(payload.toString());
      if (event.channel !== feed.channel) throw new Error(`it is of channel ${event.channel}`);
      feed.accept(event);
    } catch (error) {
      const { metrics, log } = this.#parts;
      metrics.refused.inc();
      const cause = (error as Error).message;
      log.warn({ channel: feed.channel, cause }, 'a message on the events topic is no event');
    }
  }

  #leave(place: Place, connection: Connection, reason: CloseReason): void {
    const { metrics } = this.#parts;
    metrics.open.dec();
    metrics.closed.inc({ reason });
    this.#connections.delete(connection);
    place.feed.live.delete(connection);
    place.readers--;
    if (place.readers === 0) this.#linger(place);
  }

  /** Only channels that exist linger, and so many of them: anybody can ask for names. */
  #linger(place: Place): void {
    if (place.feed.epoch === null || this.#stopping) {
      this.#close(place);
      return;
    }
    place.linger = setTimeout(() => this.#close(place), LINGER_MS).unref();
    this.#lingering.add(place);
    const [longest] = this.#lingering;
    if (this.#lingering.size > LINGERING_MAX && longest) this.#close(longest);
  }

  #close(place: Place): void {
    const { feed } = place;
    clearTimeout(place.linger);
    this.#lingering.delete(place);
    this.#parts.bus.unsubscribe(eventsTopic(feed.channel));
    feed.close();
    this.#places.delete(feed.channel);
    this.#parts.metrics.channels.set(this.#places.size);
  }

  #flush(): void {
    for (const feed of this.#touched) feed.flush();
    this.#touched.clear();
  }
}

function tellReset(feed: Feed, reason: ResetReason): void {
  const frame = encodeReset(feed.channel, reason);
  for (const connection of feed.live) connection.write(frame);
}
