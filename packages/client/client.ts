import { Channel, type ChannelOptions } from './channel.ts';
import { Emitter } from './emitter.ts';
import type { ParleyError } from './error.ts';
import type { LogEvent } from './events.ts';
import { Feed } from './feed.ts';
import { Http, type TokenSource } from './http.ts';
import { CHANNELS_MAX, type LinkListener } from './link/link.ts';
import { type Link, openLink } from './link/open-link.ts';
import { Outbox } from './outbox.ts';

/**
 * `idle`: no channel is open. `connecting`: the first connection is being made. `live`: the stream is
 * open. `reconnecting`: the connection broke; nothing is lost. `closed`: by `close()`.
 */
export type ConnectionState = 'idle' | 'connecting' | 'live' | 'reconnecting' | 'closed';

export interface ConnectOptions {
  /** Gives a token, again whenever one is refused or about to expire. */
  token?: TokenSource;
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

/** Connects to Parley at an address such as `https://chat.example`. Opens a stream with the first channel. */
export function connect(url: string | URL, options: ConnectOptions = {}): Client {
  return new Client(new URL(url), options);
}

interface Open {
  channel: Channel;
  emitter: Emitter;
  feed: Feed;
}

/** One connection to Parley, for all channels. */
export class Client {
  readonly #options: ConnectOptions;
  readonly #http: Http;
  readonly #outbox: Outbox;
  readonly #emitter = new Emitter();
  readonly #open = new Map<string, Open>();
  #link: Link | undefined;
  #state: ConnectionState = 'idle';
  #isSyncing = false;

  constructor(url: URL, options: ConnectOptions) {
    this.#options = options;
    const { token, fetch: fetching = (...request) => fetch(...request) } = options;
    this.#http = new Http(url, token, fetching);
    this.#outbox = new Outbox(this.#http);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The number of posts that wait for an answer. */
  get waiting(): number {
    return this.#outbox.waiting;
  }

  /** Calls `handler` with each new state of the connection. Returns what ends that. */
  on(name: 'state', handler: (state: ConnectionState) => void): () => void {
    return this.#emitter.on(name, handler);
  }

  /** Opens a channel; the same one when it is open already, whose begin does not change. */
  channel(given: string, options: ChannelOptions = {}): Channel {
    // Parley has names in this form.
    const name = given.normalize('NFC');
    const known = this.#open.get(name);
    if (known) return known.channel;
    if (this.#open.size >= CHANNELS_MAX) throw new RangeError(`at most ${CHANNELS_MAX} channels`);
    const emitter = new Emitter();
    const feed = new Feed(name, options, {
      http: this.#http,
      deliver: (event) => deliver(emitter, event),
      onReset: (reset) => emitter.emit('reset', reset),
      onError: (error) => report(emitter, error),
    });
    const channel = new Channel(name, {
      http: this.#http,
      outbox: this.#outbox,
      emitter,
      username: this.#options.username,
      begun: feed.begun,
      position: () => feed.position,
      close: () => this.#closeChannel(name),
    });
    this.#open.set(name, { channel, emitter, feed });
    this.#sync();
    return channel;
  }

  /** Ends everything. Posts that wait are rejected. */
  close(): void {
    if (this.#state === 'closed') return;
    for (const { channel } of [...this.#open.values()]) channel.close();
    this.#setState('closed');
    this.#link?.close();
    this.#outbox.close();
    this.#emitter.clear();
  }

  /** Asks the link for the present channels, once for all calls of this turn. */
  #sync(): void {
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    queueMicrotask(() => {
      this.#isSyncing = false;
      if (this.#state === 'closed') return;
      this.#link ??= openLink(this.#http, { ...this.#options, listener: this.#listener() });
      this.#link.want([...this.#open.keys()]);
    });
  }

  #listener(): LinkListener {
    const of = (name: string) => this.#open.get(name);
    return {
      onState: (state) => this.#setState(state),
      onHello: (states, covered) => {
        for (const state of states) {
          of(state.channel)?.feed.greet(state, covered.has(state.channel));
        }
      },
      onEvent: (event) => of(event.channel)?.feed.receive(event),
      onSignal: (signal) => of(signal.channel)?.emitter.emit('signal', signal),
      onPresence: (presence) => of(presence.channel)?.emitter.emit('presence', presence),
      onReset: (reset, state) => of(reset.channel)?.feed.reset(reset, state),
      onRefused: (name, error) => this.#refused(name, error),
    };
  }

  #refused(name: string, error: ParleyError): void {
    const open = this.#open.get(name);
    if (!open) return;
    report(open.emitter, error);
    open.channel.close();
  }

  #closeChannel(name: string): void {
    this.#open.get(name)?.feed.close();
    if (this.#open.delete(name)) this.#sync();
  }

  #setState(state: ConnectionState): void {
    if (state === this.#state || this.#state === 'closed') return;
    this.#state = state;
    this.#emitter.emit('state', state);
  }
}

/** An error that no listener gets is printed. */
function report(emitter: Emitter, error: ParleyError): void {
  if (emitter.emit('error', error) === 0) console.error(`parley: ${error.code}: ${error.message}`);
}

function deliver(emitter: Emitter, event: LogEvent): void {
  emitter.emit(event.kind === 'event' ? event.type : event.kind, event);
  emitter.emit('*', event);
}
