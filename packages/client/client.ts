import { Channel, type ChannelOptions } from './channel.ts';
import { Emitter } from './emitter.ts';
import type { ParleyError } from './error.ts';
import type { LogEvent, Presence } from './events.ts';
import type { FeedStart } from './feed.ts';
import { Feeds } from './feeds.ts';
import { Http, type TokenSource } from './http.ts';
import { CHANNELS_MAX, type Greeting, type LinkListener } from './link/link.ts';
import { type Link, openLink } from './link/open-link.ts';
import { followPage } from './link/page-life.ts';
import { Outbox } from './outbox.ts';
import { isPattern } from './pattern-match.ts';
import { type PresenceChange, presenceAfter } from './presence.ts';
import { Subscription, type SubscriptionParts } from './subscription.ts';

/**
 * `idle`: no channel is open. `connecting`: the first connection is being made. `live`: the stream is
 * open. `reconnecting`: the connection broke; nothing is lost. `closed`: by `close()`.
 */
export type ConnectionState = 'idle' | 'connecting' | 'live' | 'reconnecting' | 'closed';

export interface ConnectOptions {
  /** Gives a token, again whenever one is refused or about to expire. */
  token?: TokenSource;
  /**
   * Without a token, for a page whose visitor the server knows by cookies: renews the session when
   * it has ended. Resolves with false when there is none any more.
   */
  renew?: () => Promise<boolean>;
  /** The author of posts, where there is no token with a name. */
  username?: string;
  /** False: no `presence` events. */
  presence?: boolean;
  /** Another `fetch`, for example of a React Native library that can stream. */
  fetch?: typeof fetch;
  /** False: this tab has a connection of its own. By default the tabs of one person share one. */
  share?: boolean;
  /** Milliseconds of silence after which a connection counts as dead; 40,000 by default. */
  silenceMs?: number;
}

/** Where the stream comes from: a replica and, in the tab that has the connection, its name. */
export type StreamOrigin = Pick<Greeting, 'server' | 'stream'>;

/**
 * Connects to Parley at an address such as `https://chat.example` or `https://example.org/chat`. The
 * first listener opens a stream.
 */
export function connect(url: string | URL, options: ConnectOptions = {}): Client {
  return new Client(new URL(url), options);
}

/** An open subscription. */
interface Open {
  subscription: Subscription;
  emitter: Emitter;
  start: FeedStart;
  feeds: Feeds;
}

/** Most channels that are compared with their logs when the page is back. */
const LOOKED_AT_MAX = 5;

/** One connection to Parley, for all channels. */
export class Client {
  readonly #options: ConnectOptions;
  readonly #http: Http;
  readonly #outbox: Outbox;
  readonly #emitter = new Emitter();
  readonly #open = new Map<string, Open>();
  readonly #presence = new Map<string, Presence>();
  readonly #leavePage: () => void;
  #link: Link | undefined;
  #state: ConnectionState = 'idle';
  #isSyncing = false;
  /** The channels that were closed in this turn. */
  readonly #closed = new Set<string>();
  /** Why there is no connection; undefined when there is one. */
  #trouble: ParleyError | undefined;

  constructor(url: URL, options: ConnectOptions) {
    this.#options = options;
    this.#http = new Http(url, options);
    this.#outbox = new Outbox({
      http: this.#http,
      begun: (channel) => this.#open.get(channel)?.feeds.of(channel)?.begun,
      onReceipt: ({ channel, seq }) => {
        void this.#open.get(channel)?.feeds.of(channel)?.expect(seq);
      },
    });
    this.#leavePage = followPage({
      onNetwork: () => {
        this.#link?.reopen();
        this.#outbox.retryNow();
      },
      onShown: () => {
        this.#link?.wake();
        for (const { feeds } of [...this.#open.values()].slice(0, LOOKED_AT_MAX)) feeds.look();
      },
      onFrozen: () => this.#link?.rest(),
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The number of posts that wait for an answer. */
  get waiting(): number {
    return this.#outbox.waiting;
  }

  /**
   * Calls `handler` with each new state of the connection, or with the origin of each new stream.
   * Returns what ends that.
   */
  on(name: 'state', handler: (state: ConnectionState) => void): () => void;
  on(name: 'hello', handler: (origin: StreamOrigin) => void): () => void;
  on<T>(name: string, handler: (value: T) => void): () => void {
    return this.#emitter.on(name, handler);
  }

  /** True while a channel of this name is open here. */
  has(name: string): boolean {
    return this.#open.has(name.normalize('NFC'));
  }

  /** A channel. One that is open already is the same; its begin does not change. */
  channel(given: string, options: ChannelOptions = {}): Channel {
    // Parley has names in this form.
    const name = given.normalize('NFC');
    const known = this.#open.get(name)?.subscription;
    if (known instanceof Channel) return known;
    const channel: Channel = new Channel(name, {
      ...this.#partsOf(name, options, () => channel),
      http: this.#http,
      outbox: this.#outbox,
      username: this.#options.username,
    });
    return channel;
  }

  /**
   * The channels that match a pattern: `*` stands for any characters up to a dot, `**` at the end for
   * all that is left. Up to 100 channels fit; others are left out. It does not make the reader present.
   */
  pattern(given: string, options: Pick<ChannelOptions, 'last'> = {}): Subscription {
    const name = given.normalize('NFC');
    if (!isPattern(name)) throw new TypeError(`"${name}" is not a pattern: it has no *`);
    const known = this.#open.get(name)?.subscription;
    if (known) return known;
    const subscription: Subscription = new Subscription(
      name,
      this.#partsOf(name, options, () => subscription),
    );
    return subscription;
  }

  /** Sends the posts that wait for a repeat at once, for example after a sign-in. */
  retryNow(): void {
    this.#outbox.retryNow();
  }

  /** Ends everything. Posts that wait are rejected. */
  close(): void {
    if (this.#state === 'closed') return;
    for (const { subscription } of [...this.#open.values()]) subscription.close();
    this.#setState('closed');
    this.#leavePage();
    this.#link?.close();
    this.#outbox.close();
    this.#emitter.clear();
  }

  #partsOf(name: string, start: FeedStart, of: () => Subscription): SubscriptionParts {
    let own: Open | undefined;
    return {
      open: () => {
        own ??= this.#open.get(name) ?? this.#openAs(of(), start);
        return own.emitter;
      },
      position: (channel) => own?.feeds.of(channel)?.position,
      close: () => own && this.#closeOne(own),
    };
  }

  #openAs(subscription: Subscription, start: FeedStart): Open {
    if (this.#open.size >= CHANNELS_MAX) throw new RangeError(`at most ${CHANNELS_MAX} channels`);
    const emitter = new Emitter();
    const { name } = subscription;
    const open = { subscription, emitter, start, feeds: this.#feedsOf(name, start, emitter) };
    this.#open.set(name, open);
    const trouble = this.#trouble;
    if (trouble) queueMicrotask(() => report([emitter], trouble));
    this.#sync();
    return open;
  }

  #feedsOf(name: string, start: FeedStart, emitter: Emitter): Feeds {
    return new Feeds(name, start, {
      http: this.#http,
      deliver: (event) => deliver(emitter, event),
      onReset: (reset) => emitter.emit('reset', reset),
      onLive: (state) => emitter.emit('live', state),
      onDoubt: () => this.#link?.doubt(),
      onError: (error, channel) => {
        if (error.channel === undefined) report([emitter], error);
        else this.#renamed(channel, error.channel);
      },
    });
  }

  /** Goes on with a channel that has another name. */
  #renamed(channel: string, to: string): void {
    for (const open of [...this.#open.values()]) {
      const { subscription, emitter, feeds } = open;
      if (!feeds.has(channel)) continue;
      emitter.emit('renamed', { channel, to });
      if (subscription.name !== channel) feeds.drop(channel);
      else if (this.#open.get(channel) === open) this.#follow(open, to);
    }
  }

  /** Reads a channel on under another name. If that is open already, the subscription ends. */
  #follow(open: Open, to: string): void {
    const { subscription, emitter, feeds, start } = open;
    if (this.#open.has(to)) {
      subscription.close();
      return;
    }
    const { name } = subscription;
    const after = feeds.of(name)?.position;
    feeds.close();
    this.#presence.delete(name);
    this.#open.delete(name);
    (subscription as { name: string }).name = to;
    const begin = after === undefined ? { ...start, isRenamed: true } : { after };
    open.feeds = this.#feedsOf(to, begin, emitter);
    this.#open.set(to, open);
    this.#sync();
  }

  /** Asks the link for the present channels, once for all calls of this turn. */
  #sync(): void {
    if (this.#isSyncing || this.#state === 'closed') return;
    this.#isSyncing = true;
    queueMicrotask(() => {
      this.#isSyncing = false;
      if (this.#state === 'closed') return;
      this.#link ??= openLink(this.#http, { ...this.#options, listener: this.#listener() });
      const names = [...this.#open.keys()];
      const kept = names.filter((name) => !this.#closed.has(name));
      this.#closed.clear();
      // A channel that is open again begins again.
      if (kept.length < names.length) this.#link.want(kept);
      this.#link.want(names);
    });
  }

  #listener(): LinkListener {
    const each = (act: (open: Open) => void) => [...this.#open.values()].forEach(act);
    const emit = (channel: string, name: string, value: unknown) =>
      each(({ feeds, emitter }) => feeds.has(channel) && emitter.emit(name, value));
    return {
      onState: (state) => this.#setState(state),
      onHello: (greeting) => {
        const { server, stream, isMore } = greeting;
        if (!isMore) this.#emitter.emit('hello', { server, stream });
        each(({ feeds }) => feeds.greet(greeting));
      },
      onEvent: (event) => each(({ feeds }) => feeds.receive(event)),
      onSignal: (signal) => emit(signal.channel, 'signal', signal),
      onPresence: (change) => emit(change.channel, 'presence', this.#presenceAfter(change)),
      onRead: (position) => emit(position.channel, 'read', position),
      onMute: (mute) => emit(mute.channel, 'mute', mute),
      onReset: (reset, state) =>
        reset.to === undefined
          ? each(({ feeds }) => feeds.reset(reset, state))
          : this.#renamed(reset.channel, reset.to),
      onTrouble: (error) => this.#inTrouble(error),
      onRefused: (name, error) => this.#refused(name, error),
    };
  }

  #presenceAfter(change: PresenceChange): Presence {
    const presence = presenceAfter(this.#presence.get(change.channel), change);
    if (this.#open.has(change.channel)) this.#presence.set(change.channel, presence);
    return presence;
  }

  /** Reports each cause once to the channels, until there is a connection. */
  #inTrouble(error: ParleyError): void {
    if (this.#trouble?.message === error.message) return;
    this.#trouble = error;
    report(
      [...this.#open.values()].map(({ emitter }) => emitter),
      error,
    );
  }

  #refused(name: string, error: ParleyError): void {
    for (const { feeds, subscription, emitter } of [...this.#open.values()]) {
      if (subscription.name === name) {
        report([emitter], error);
        subscription.close();
      } else if (feeds.has(name)) emitter.emit('reset', { channel: name, reason: error.code });
    }
  }

  /** Another subscription may have the name by now. */
  #closeOne({ subscription: { name }, feeds, emitter }: Open): void {
    if (this.#open.get(name)?.feeds !== feeds) return;
    feeds.close();
    emitter.clear();
    this.#presence.delete(name);
    this.#open.delete(name);
    this.#closed.add(name);
    this.#sync();
  }

  #setState(state: ConnectionState): void {
    if (state === this.#state || this.#state === 'closed') return;
    if (state === 'live') this.#trouble = undefined;
    this.#state = state;
    this.#emitter.emit('state', state);
  }
}

/** An error that no listener gets is printed. */
function report(emitters: readonly Emitter[], error: ParleyError): void {
  const listeners = emitters.map((emitter) => emitter.emit('error', error));
  if (Math.max(...listeners) === 0) console.error(`parley: ${error.code}: ${error.message}`);
}

function deliver(emitter: Emitter, event: LogEvent): void {
  emitter.emit(event.kind === 'event' ? event.type : event.kind, event);
  emitter.emit('*', event);
}
