import { useCallback, useRef, useSyncExternalStore } from 'react';
import type { Channel, Client, ConnectionState, LogEvent, ParleyError } from './index.ts';

/** Events that a channel begins with, and keeps, unless other numbers are given. */
const BEGIN = 50;
const KEEP = 500;

export interface UseChannelOptions {
  /** The number of newest events to begin with; that of the component which uses the channel first. */
  last?: number;
  /** The number of newest events that are kept; likewise. */
  keep?: number;
  /** The position after which to begin, in place of `last`. */
  after?: string | undefined;
}

/** A channel in a component. */
export interface UsedChannel {
  /** The newest events of the log, in order. */
  events: readonly LogEvent[];
  /** Why the channel may not be read, or not now, for example without a valid token. */
  error: ParleyError | undefined;
  /** The channel itself, to post and to listen; undefined until the component is on the page. */
  channel: Channel | undefined;
}

/** The state of a client's connection; the component is drawn again when it changes. */
export function useConnection(client: Client): ConnectionState {
  const subscribe = useCallback((changed: () => void) => client.on('state', changed), [client]);
  return useSyncExternalStore(
    subscribe,
    () => client.state,
    () => 'idle' as const,
  );
}

/**
 * A channel of a client, with its newest events. Components that use the same channel share it; it
 * is closed when none of them is left, unless it was open before the first of them.
 */
export function useChannel(
  client: Client,
  name: string,
  options: UseChannelOptions = {},
): UsedChannel {
  const begin = useRef(options);
  begin.current = options;
  const subscribe = useCallback(
    (changed: () => void) => storeOf(client, name).use(changed, begin.current),
    [client, name],
  );
  const snapshot = () => storeOf(client, name).snapshot;
  return useSyncExternalStore(subscribe, snapshot, () => NOTHING);
}

const NOTHING: UsedChannel = { events: [], error: undefined, channel: undefined };

/** What the components of a page know of one channel. */
class ChannelStore {
  snapshot: UsedChannel = NOTHING;
  readonly #client: Client;
  readonly #name: string;
  readonly #users = new Set<() => void>();
  /** Events of this turn: a page of the past is drawn once. */
  #arrived: LogEvent[] = [];
  /** Ends what the store began. */
  #ends: (() => void)[] = [];

  constructor(client: Client, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** Begins a component's use; the returned function ends it. */
  use(changed: () => void, options: UseChannelOptions): () => void {
    if (this.#isRefused) this.#closeUnused();
    // Preact does not look for a change after it has subscribed.
    this.#users.add(changed);
    if (this.snapshot.channel === undefined) this.#open(options);
    return () => {
      this.#users.delete(changed);
      // React ends and begins the uses of a component that is drawn anew.
      setTimeout(() => this.#closeUnused());
    };
  }

  #open({ last = BEGIN, keep = KEEP, after }: UseChannelOptions): void {
    const wasOpen = this.#client.has(this.#name);
    const channel = this.#client.channel(this.#name, after ? { after } : { last });
    this.#change({ events: [], error: undefined, channel });
    this.#ends = [
      channel.on('*', (event) => {
        if (keep > 0 && this.#arrived.push(event) === 1) {
          queueMicrotask(() => this.#addArrived(keep));
        }
      }),
      channel.on('reset', () => {
        this.#arrived.length = 0;
        this.#change({ ...this.snapshot, events: [] });
      }),
      channel.on('error', (error) => this.#change({ ...this.snapshot, error })),
      this.#client.on('state', (state) => {
        if (state === 'live' && this.snapshot.error?.isOfToken)
          this.#change({ ...this.snapshot, error: undefined });
      }),
      () => wasOpen || this.#release(channel),
    ];
  }

  /** Closes a channel, unless components use it under another name, because it was renamed. */
  #release(channel: Channel): void {
    const others = stores.get(this.#client)?.values() ?? [];
    const heir = [...others].find(({ snapshot }) => snapshot.channel === channel);
    if (heir) heir.#ends.push(() => heir.#release(channel));
    else channel.close();
  }

  #addArrived(keep: number): void {
    const arrived = this.#arrived;
    if (arrived.length === 0) return;
    this.#arrived = [];
    this.#change({ ...this.snapshot, events: [...this.snapshot.events, ...arrived].slice(-keep) });
  }

  /** True when the channel was refused for good: its next user asks for it again. */
  get #isRefused(): boolean {
    const { error } = this.snapshot;
    return error?.isOfChannel === true;
  }

  #closeUnused(): void {
    if (this.#users.size > 0 || this.snapshot.channel === undefined) return;
    const ends = this.#ends;
    this.snapshot = NOTHING;
    for (const end of ends) end();
  }

  #change(snapshot: UsedChannel): void {
    this.snapshot = snapshot;
    for (const changed of this.#users) changed();
  }
}

const stores = new WeakMap<Client, Map<string, ChannelStore>>();

function storeOf(client: Client, name: string): ChannelStore {
  const known = stores.get(client) ?? new Map<string, ChannelStore>();
  stores.set(client, known);
  const store = known.get(name) ?? new ChannelStore(client, name);
  known.set(name, store);
  return store;
}
