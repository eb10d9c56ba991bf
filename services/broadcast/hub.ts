import type { Socket } from 'node:net';
import { parseEvent } from '@parley/contract/event.ts';
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
    place.readers++;
    return place;
  }

  #open(channel: string): Place {
    const { log, bus, events, metrics } = this.#parts;
    const feed = new Feed(channel, {
      log,
      events,
      metrics,
      backlogBytes: this.#config.backlogBytes,
      askFlush: (touched) => {
        this.#touched.add(touched);
        this.#turn.ask();
      },
      onReplaced: (replaced) => this.#tellReset(replaced),
    });
    const place: Place = { feed, readers: 0, linger: undefined };
    this.#places.set(channel, place);
    metrics.channels.set(this.#places.size);
    void this.#follow(feed, bus);
    return place;
  }

  /** Listens before it asks the log, so that what happens in between is not missed. */
  async #follow(feed: Feed, bus: Bus): Promise<void> {
    const { log, metrics } = this.#parts;
    const { channel } = feed;
    try {
      await bus.subscribe(eventsTopic(channel), (payload) => {
        try {
          feed.accept(parseEvent(payload.toString()));
        } catch (error) {
          metrics.refused.inc();
          log.warn(
            { channel, cause: (error as Error).message },
            'a message on the events topic is no event',
          );
        }
      });
    } catch (error) {
      log.warn(
        { channel, cause: (error as Error).message },
        'not subscribed yet; the log is read meanwhile',
      );
    }
    await feed.open();
  }

  #leave(place: Place, connection: Connection, reason: CloseReason): void {
    const { metrics } = this.#parts;
    metrics.open.dec();
    metrics.closed.inc({ reason });
    this.#connections.delete(connection);
    place.feed.live.delete(connection);
    place.readers--;
    if (place.readers === 0) place.linger = setTimeout(() => this.#close(place), LINGER_MS).unref();
  }

  #close({ feed }: Place): void {
    this.#parts.bus.unsubscribe(eventsTopic(feed.channel));
    feed.close();
    this.#places.delete(feed.channel);
    this.#parts.metrics.channels.set(this.#places.size);
  }

  #tellReset(feed: Feed): void {
    const frame = encodeReset(feed.channel, 'epoch');
    for (const connection of feed.live) connection.write(frame);
  }

  #flush(): void {
    for (const feed of this.#touched) feed.flush();
    this.#touched.clear();
  }
}
