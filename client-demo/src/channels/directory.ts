import type { LogEvent, Message } from '@parley/client';
import { ACCESS_SIGNAL } from '@parley/contract/streams/access-signal.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import type { TextStorage } from '../browser-storage.ts';
import type { ClientSource } from '../connection/connection.ts';
import { AnswerError } from '../request-json.ts';
import {
  type ChannelEntry,
  fetchChannels,
  LISTED_MAX,
  type ListedChannel,
} from './channel-entry.ts';
import { isDirectName } from './channel-name.ts';
import { isMeantFor } from './mentions.ts';
import { ReadPositions } from './read-positions.ts';
import { UnreadCounts } from './unread-counts.ts';

/** Most channels that are known. */
const KNOWN = 1000;
/** The list is read again at this interval: not every channel fits on the stream. */
const REFRESH_MS = 30_000;
/** The first list is read again after this time, when the server gives none. */
const RETRY_MS = 3_000;
/** Changes in this time are shown and stored together. */
const GATHER_MS = 100;

/** The channels, most recently active first; undefined until they are known. */
export interface Listing {
  channels: readonly ChannelEntry[] | undefined;
  /** False: the server may have more channels, with older events. */
  isWhole: boolean;
  /** Why they are not known: the visitor must sign in, or the server gives no answer. */
  fault: 'barred' | 'away' | undefined;
}

const UNKNOWN: Listing = { channels: undefined, isWhole: true, fault: undefined };

export interface DirectoryOptions {
  connection: ClientSource;
  storage: TextStorage;
  /**
   * Called for each message that others post in a channel which the reader has read before, or that
   * is meant for the reader; `place`: where it
   * is, for the reader.
   */
  onMessage: (message: Message, isMeant: boolean, place: string) => void;
}

/**
 * All channels that the visitor may read, live: new ones, the latest activity, and the number of
 * unread messages.
 */
export class Directory {
  /** Up to where the reader has read. */
  readonly readPositions: ReadPositions;
  readonly #connection: ClientSource;
  readonly #onMessage: DirectoryOptions['onMessage'];
  readonly #unread: UnreadCounts;
  readonly #listeners = new Set<() => void>();
  #activity = new Map<string, string>();
  /** The private ones of the channels, as the server listed them last. */
  #private: ReadonlyMap<string, ListedChannel> = new Map();
  /** The channels with events since the list was asked for last, which may not have them. */
  readonly #sinceAsked = new Set<string>();
  #listing: Listing = UNKNOWN;
  #isWhole = true;
  #mutes = new Map<string, string>();
  #reading: string | undefined;
  #account: string | undefined;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #refreshing: ReturnType<typeof setTimeout> | undefined;
  /** The number of requests for the list, and of the latest that was answered. */
  #asked = 0;
  #answered = 0;

  constructor({ connection, storage, onMessage }: DirectoryOptions) {
    this.#connection = connection;
    this.#onMessage = onMessage;
    this.#unread = new UnreadCounts(storage);
    this.readPositions = new ReadPositions(storage);
    connection.subscribe(() => this.#follow());
    this.#follow();
    setInterval(() => document.hidden || void this.refresh(), REFRESH_MS);
    document.addEventListener('visibilitychange', () => document.hidden || void this.refresh());
    addEventListener('storage', (event) => this.#adopt(event));
  }

  /** A new object after each change. */
  readonly snapshot = (): Listing => this.#listing;

  /** Calls the listener after each change; returns a function that unsubscribes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Until when the account is muted in a channel (ISO 8601), as the last list says. */
  mutedUntil(channel: string): string | undefined {
    const until = this.#mutes.get(channel);
    return until !== undefined && Date.parse(until) > Date.now() ? until : undefined;
  }

  /** The channel as the server lists it, if it is private; the same object until it is listed again. */
  privateOf(channel: string): ListedChannel | undefined {
    return this.#private.get(channel);
  }

  /** The channel whose end the reader sees; its messages are read. */
  read(channel: string | undefined): void {
    this.#reading = channel;
    if (channel === undefined || !this.#unread.clear(channel)) return;
    this.#unread.store();
    this.#show();
  }

  /**
   * Messages of this account are not unread. The next visitor sees nothing of the account before:
   * neither its channels nor its unread messages.
   */
  belongTo(account: string | undefined): void {
    if (this.#account !== undefined && this.#account !== account) {
      this.#unread.clearAll();
      this.readPositions.forget();
      this.#activity.clear();
      this.#private = new Map();
      this.#publish(UNKNOWN);
    }
    this.#account = account;
  }

  /** Reads the list again. */
  async refresh(): Promise<void> {
    const client = this.#connection.snapshot();
    this.#asked += 1;
    const number = this.#asked;
    this.#sinceAsked.clear();
    try {
      const listed = await fetchChannels();
      if (client !== this.#connection.snapshot() || number < this.#answered) return;
      this.#answered = number;
      const known = [...this.#activity];
      this.#isWhole = listed.length < LISTED_MAX;
      const before = this.#private;
      this.#private = new Map(listed.filter((one) => one.private).map((one) => [one.channel, one]));
      this.#mutes = new Map(
        listed.flatMap(({ channel, mutedUntil }) => (mutedUntil ? [[channel, mutedUntil]] : [])),
      );
      this.#activity = new Map([
        ...known.filter(
          ([channel]) => this.#sinceAsked.has(channel) || (!this.#isWhole && !before.has(channel)),
        ),
        ...listed.map(({ channel, at }) => [channel, this.#latest(channel, at)] as const),
      ]);
      this.#show();
    } catch (error) {
      if (client !== this.#connection.snapshot()) return;
      if (error instanceof AnswerError && error.status === 401) {
        this.#activity.clear();
        this.#publish({ ...UNKNOWN, fault: 'barred' });
      } else if (this.#listing.channels === undefined) {
        this.#publish({ ...UNKNOWN, fault: 'away' });
        setTimeout(() => this.#listing.fault === 'away' && void this.refresh(), RETRY_MS);
      }
    }
  }

  /** Reads all channels by the present client. */
  #follow(): void {
    this.#activity.clear();
    const all = this.#connection.snapshot().pattern('**');
    all.on('*', (event) => this.#receive(event));
    all.on('reset', ({ channel, reason }) => {
      if (reason === 'gone') this.#forget(channel);
      this.#refreshSoon();
    });
    // The visitor has become a member of a private channel.
    all.on('signal', ({ type }) => {
      if (type === ACCESS_SIGNAL) this.#refreshSoon();
    });
    // The list is read by a request of its own, which shows why it is refused.
    all.on('error', () => undefined);
    void this.refresh();
  }

  /** Takes a channel off the list: it was deleted or archived. */
  #forget(channel: string): void {
    this.#activity.delete(channel);
    this.#sinceAsked.delete(channel);
    this.#showSoon();
  }

  #receive(event: LogEvent): void {
    const { channel, at } = event;
    if (event.kind === 'close' && event.archived) {
      this.#forget(channel);
      return;
    }
    if (isDirectName(channel) && !this.#activity.has(channel)) this.#refreshSoon();
    this.#activity.set(channel, this.#latest(channel, at));
    this.#sinceAsked.add(channel);
    if (event.kind === 'message') {
      const isOwn = event.username === this.#account;
      const other = isOwn ? 'own' : 'unread';
      this.#unread.receive(event, channel === this.#reading ? 'read' : other);
      const isMeant = isMeantFor(event, this.#account);
      if (!isOwn && (isMeant || this.readPositions.of(channel))) {
        const place = isDirectName(channel) ? 'a direct message' : `#${channel}`;
        this.#onMessage(event, isMeant, place);
      }
    }
    this.#showSoon();
  }

  #showSoon(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#unread.store();
      this.#show();
    }, GATHER_MS);
  }

  #refreshSoon(): void {
    this.#refreshing ??= setTimeout(() => {
      this.#refreshing = undefined;
      void this.refresh();
    }, GATHER_MS);
  }

  #latest(channel: string, at: string): string {
    const known = this.#activity.get(channel) ?? '';
    return known > at ? known : at;
  }

  #adopt(event: StorageEvent): void {
    if (!this.#unread.adopt(event)) return;
    if (this.#reading !== undefined) this.#unread.clear(this.#reading);
    this.#showSoon();
  }

  #show(): void {
    const channels = [...this.#activity]
      .filter(([channel]) => channel !== CANARY_CHANNEL)
      .map(([channel, at]) => ({
        ...this.#private.get(channel),
        channel,
        at,
        unread: this.#unread.of(channel),
      }))
      .sort((a, b) => (a.at < b.at ? 1 : -1))
      .slice(0, KNOWN);
    this.#publish({ channels, isWhole: this.#isWhole, fault: undefined });
  }

  #publish(listing: Listing): void {
    this.#listing = listing;
    for (const listener of this.#listeners) listener();
  }
}
