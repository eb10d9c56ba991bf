import { Channel, type ChannelOptions } from './channel.ts';
import { Emitter } from './emitter.ts';
import { ParleyError } from './error.ts';
import type { ChannelState, LogEvent, Presence, Reset, Signal } from './events.ts';
import { Feed } from './feed.ts';
import { Http, type TokenSource } from './http.ts';
import { Outbox } from './outbox.ts';
import { eventSourceStream } from './stream/event-source.ts';
import { fetchStream } from './stream/fetch-stream.ts';
import type { StreamSource } from './stream/source.ts';
import type { StreamEvent } from './stream/sse-parser.ts';
import { StreamLoop } from './stream/stream-loop.ts';

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
  /** Milliseconds of silence after which a connection counts as dead; 40,000 by default. */
  silenceMs?: number;
}

/** Most channels of one stream. */
const CHANNELS_MAX = 100;

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
  readonly #source: StreamSource;
  readonly #loop: StreamLoop;
  /** The channels that the newest id has a position of. */
  #covered = new Set<string>();
  /** The channels of the present stream, as its hello gave them. */
  #states = new Map<string, ChannelState>();
  #state: ConnectionState = 'idle';
  #isSyncing = false;
  /** True when the present stream has begun. */
  #hasBegun = false;

  constructor(url: URL, options: ConnectOptions) {
    this.#options = options;
    const { token, fetch: fetching = (...request) => fetch(...request) } = options;
    this.#http = new Http(url, token, fetching);
    this.#outbox = new Outbox(this.#http);
    this.#source = this.#chooseSource();
    this.#loop = new StreamLoop({
      source: this.#source,
      silenceMs: options.silenceMs,
      path: () => this.#path(),
      onOpen: () => this.#opening(),
      onEvent: (event) => this.#receive(event),
      onEnd: (error) => this.#ended(error),
    });
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
  channel(name: string, options: ChannelOptions = {}): Channel {
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
    this.#loop.close();
    this.#outbox.close();
    this.#setState('closed');
    this.#emitter.clear();
  }

  #chooseSource(): StreamSource {
    const { EventSource } = globalThis as { EventSource?: Parameters<typeof eventSourceStream>[1] };
    const ownFetch = this.#options.fetch !== undefined;
    return EventSource && !ownFetch
      ? eventSourceStream(this.#http, EventSource)
      : fetchStream(this.#http);
  }

  #opening(): void {
    this.#hasBegun = false;
    if (this.#state === 'idle') this.#setState('connecting');
  }

  #path(): string | undefined {
    if (this.#open.size === 0) return undefined;
    const query = new URLSearchParams([...this.#open.keys()].map((name) => ['channel', name]));
    query.set('untyped', '1');
    query.set('heartbeat', 'event');
    if (this.#options.presence === false) query.set('presence', '0');
    return `/broadcast?${query}`;
  }

  /** Opens a new stream for the present channels, once for all calls of this turn. */
  #sync(): void {
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    queueMicrotask(() => {
      this.#isSyncing = false;
      if (this.#state === 'closed') return;
      if (this.#open.size === 0) this.#setState('idle');
      this.#loop.restart();
    });
  }

  #closeChannel(name: string): void {
    this.#open.get(name)?.feed.close();
    if (this.#open.delete(name)) this.#sync();
  }

  #receive({ name, data, id }: StreamEvent): void {
    if (name === 'heartbeat') return;
    if (name === 'expired') {
      this.#http.forgetToken();
      return;
    }
    const value = JSON.parse(data);
    if (name === 'hello') this.#greet(value.channels);
    else if (name === 'reset') this.#reset(value);
    else if (name === 'presence') this.#emit('presence', value as Presence);
    else if (value.kind === 'signal') this.#emit('signal', value as Signal);
    else {
      if (id !== '') this.#covered = new Set(this.#states.keys());
      this.#open.get(value.channel)?.feed.receive(value as LogEvent);
    }
  }

  #greet(states: ChannelState[]): void {
    this.#loop.begun();
    this.#hasBegun = true;
    this.#states = new Map(states.map((state) => [state.channel, state]));
    const isResumed = this.#loop.lastId !== '';
    for (const state of states) {
      const feed = this.#open.get(state.channel)?.feed;
      feed?.greet(state, isResumed && this.#covered.has(state.channel));
    }
    this.#setState('live');
  }

  #reset(reset: Reset): void {
    const open = this.#open.get(reset.channel);
    if (reset.reason === 'forbidden') this.#refuse(reset.channel, reset.reason);
    else open?.feed.reset(reset, this.#states.get(reset.channel));
  }

  #emit(name: string, value: { channel: string }): void {
    this.#open.get(value.channel)?.emitter.emit(name, value);
  }

  /** A refused stream may be refused for one of its channels: each is asked for by itself. */
  async #ended(error: ParleyError | undefined): Promise<void> {
    this.#setState(this.#open.size === 0 ? 'idle' : 'reconnecting');
    if (error?.status === 401) this.#http.forgetToken();
    const isRefused = error !== undefined && !error.isPassing && error.status !== 401;
    if (isRefused || (this.#source.hidesRefusals && !this.#hasBegun)) await this.#probeAll();
  }

  /** Closes the channels that may not be read. Ends at the first one that cannot be asked for. */
  async #probeAll(): Promise<void> {
    for (const open of [...this.#open.values()]) if (!(await this.#probe(open))) return;
  }

  /** False when there is no answer about a channel. */
  async #probe({ channel, emitter }: Open): Promise<boolean> {
    try {
      await channel.history({ limit: 1 });
      return true;
    } catch (error) {
      const refusal = error as ParleyError;
      if (refusal.isPassing || refusal.status === 401) return false;
      report(emitter, refusal);
      channel.close();
      return true;
    }
  }

  #refuse(name: string, code: string): void {
    const open = this.#open.get(name);
    if (!open) return;
    const what = `The right to read ${name} has ended.`;
    report(open.emitter, new ParleyError(what, { status: 403, code }));
    open.channel.close();
  }

  #setState(state: ConnectionState): void {
    if (state === this.#state) return;
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
