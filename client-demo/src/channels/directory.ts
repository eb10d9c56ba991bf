import type { LogEvent, Message } from '@parley/client';
import { ACCESS_SIGNAL } from '@parley/contract/streams/access-signal.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import type { TextStorage } from '../browser-storage.ts';
import type { ClientSource } from '../connection/connection.ts';
import { AnswerError } from '../request-json.ts';
import { RetryTimer } from '../retry-timer.ts';
import {
  type ChannelEntry,
  fetchChannel,
  fetchChannels,
  LISTED_MAX,
  type ListedChannel,
} from './channel-entry.ts';
import { isDirectName } from './channel-name.ts';
import { isMeantFor, mentions } from './mentions.ts';
import { OwnMutes } from './own-mutes.ts';
import { ReadMarks } from './read-marks.ts';
import { type ReadState, type SeenEnd, UnreadCounts } from './unread-counts.ts';

/** Most channels that are known. */
const KNOWN = 1000;
/** The list is read again at this interval: not every channel fits on the stream. */
const REFRESH_MS = 30_000;
/** The first list is read again after this time, when the server gives none. */
const RETRY = { minMs: 3_000, maxMs: 30_000 };
/** Changes in this time are shown and stored together. */
const GATHER_MS = 100;
/** Messages that a list may not have yet are counted again, at most this many. */
const RECENT_MAX = 1_000;
/** After a new stream the tabs of all readers count again within this time. */
const SPREAD_MS = 3_000;

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
 * All channels that the visitor may read, live: new ones, the latest activity, and what is unread. The
 * first list says whether the visitor has an account, whose counts are the server's.
 */
export class Directory {
  readonly #connection: ClientSource;
  readonly #storage: TextStorage;
  readonly #onMessage: DirectoryOptions['onMessage'];
  /** Undefined until the first list. */
  #counts: UnreadCounts | undefined;
  #marks: ReadMarks | undefined;
  readonly #recent: Message[] = [];
  readonly #listeners = new Set<() => void>();
  #activity = new Map<string, string>();
  /** The private ones of the channels, as the server listed them last. */
  #private: ReadonlyMap<string, ListedChannel> = new Map();
  /** The channels with events since the list was asked for last, which may not have them. */
  readonly #sinceAsked = new Set<string>();
  /** The heads of channels as the last list, and as the begin of the stream has them. */
  #listedHeads: ReadonlyMap<string, number> | undefined;
  #streamHeads: ReadonlyMap<string, number> | undefined;
  #listing: Listing = UNKNOWN;
  #isWhole = true;
  readonly #mutes = new OwnMutes(() => this.#show());
  #reading: string | undefined;
  #end: SeenEnd | undefined;
  /** The last list is older than the stream. */
  #isOld = true;
  #account: string | undefined;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #refreshing: ReturnType<typeof setTimeout> | undefined;
  readonly #retry = new RetryTimer(RETRY);
  /** The number of requests for the list, and of the latest that was answered. */
  #asked = 0;
  #answered = 0;

  constructor({ connection, storage, onMessage }: DirectoryOptions) {
    this.#connection = connection;
    this.#storage = storage;
    this.#onMessage = onMessage;
    connection.subscribe(() => this.#follow());
    this.#follow();
    setInterval(() => document.hidden || void this.refresh(this.#isOld), REFRESH_MS);
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

  /** Until when the account is muted in a channel (ISO 8601). */
  mutedUntil(channel: string): string | undefined {
    return this.#mutes.until(channel);
  }

  /** The channel as the server lists it, if it is private; the same object until it is listed again. */
  privateOf(channel: string): ListedChannel | undefined {
    return this.#private.get(channel);
  }

  /** False until it is known what the visitor has read. */
  get isCounted(): boolean {
    return this.#counts !== undefined;
  }

  /** True when what is read is kept for an account. */
  get #isOfAccount(): boolean {
    return this.#counts?.isOfAccount === true;
  }

  /** What the visitor has read of a channel. */
  readState(channel: string): ReadState | undefined {
    return this.#counts?.of(channel);
  }

  /**
   * The number of unread messages that is shown. A new account would have everything unread: of a public
   * channel that it never opened only mentions count.
   */
  unreadOf(channel: string): number {
    const { read = 0, unread = 0, mentioned = 0 } = this.readState(channel) ?? {};
    return !this.#isOfAccount || read > 0 || this.#private.has(channel) ? unread : mentioned;
  }

  /** The reader sees the end of a channel, or of none. What comes now is read. */
  seeEnd(channel: string | undefined, end?: SeenEnd): void {
    this.#reading = channel;
    this.#end = end;
    if (channel === undefined || end === undefined) this.#marks?.flush();
    else if (this.#counts?.seeEnd(channel, end)) {
      if (this.#isOfAccount) this.#marks?.set(channel, end.seq);
      this.#counts.store();
      this.#show();
    }
  }

  /**
   * Messages of this account are not unread. The next visitor sees nothing of the account before:
   * neither its channels nor its unread messages.
   */
  belongTo(account: string | undefined): void {
    if (this.#account !== undefined && this.#account !== account) {
      this.#counts?.forget(this.#storage);
      this.#activity.clear();
      this.#private = new Map();
      this.#mutes.clear();
      this.#publish(UNKNOWN);
    }
    this.#account = account;
  }

  /** Reads the list again; `isCounted`: also what is unread. */
  async refresh(isCounted = true): Promise<void> {
    const client = this.#connection.snapshot();
    this.#asked += 1;
    const number = this.#asked;
    this.#sinceAsked.clear();
    this.#marks?.flush();
    try {
      const listed = await fetchChannels(isCounted);
      if (client !== this.#connection.snapshot() || number < this.#answered) return;
      this.#answered = number;
      this.#retry.stop();
      this.#retry.succeeded();
      const known = [...this.#activity];
      this.#isWhole = listed.length < LISTED_MAX;
      const before = this.#private;
      this.#private = new Map(listed.filter((one) => one.private).map((one) => [one.channel, one]));
      this.#mutes.list(listed);
      this.#activity = new Map([
        ...known.filter(
          ([channel]) => this.#sinceAsked.has(channel) || (!this.#isWhole && !before.has(channel)),
        ),
        ...listed.map(({ channel, at }) => [channel, this.#latest(channel, at)] as const),
      ]);
      if (isCounted) this.#adoptList(listed);
      this.#listedHeads = new Map(listed.map(({ channel, head }) => [channel, head]));
      this.#compareHeads();
      this.#show();
    } catch (error) {
      if (client !== this.#connection.snapshot()) return;
      if (isCounted) this.#isOld = true;
      if (error instanceof AnswerError && error.status === 401) {
        this.#activity.clear();
        this.#publish({ ...UNKNOWN, fault: 'barred' });
      } else if (this.#counts === undefined) {
        if (this.#listing.channels === undefined) this.#publish({ ...UNKNOWN, fault: 'away' });
        if (this.#retry.isWaiting) return;
        this.#retry.again(() => this.#listing.fault !== 'barred' && void this.refresh());
      }
    }
  }

  #adoptList(listed: readonly ListedChannel[]): void {
    this.#isOld = false;
    const [first] = listed;
    const isOfAccount = first ? first.unread !== undefined : this.#account !== undefined;
    if (this.#counts?.isOfAccount !== isOfAccount)
      this.#counts = new UnreadCounts(isOfAccount ? undefined : this.#storage);
    if (isOfAccount) for (const channel of listed) this.#counts.list(channel);
    for (const message of this.#recent) this.#count(message);
    // The end was seen before the counts were known.
    if (this.#end) this.seeEnd(this.#reading, this.#end);
  }

  /** Reads all channels by the present client. */
  #follow(): void {
    this.#activity.clear();
    this.#recent.length = 0;
    this.#counts = undefined;
    this.#listedHeads = undefined;
    this.#streamHeads = undefined;
    this.#marks?.close();
    const client = this.#connection.snapshot();
    this.#marks = new ReadMarks((channel, seq) => client.channel(channel).markRead(seq));
    const all = client.pattern('**');
    all.on('*', (event) => this.#receive(event));
    all.on('reset', ({ channel, reason }) => {
      if (reason === 'gone' || reason === 'forbidden') this.#forget(channel);
      this.#refreshSoon();
    });
    all.on('renamed', ({ channel, to }) => {
      const at = this.#activity.get(channel);
      this.#forget(channel);
      if (at !== undefined) this.#activity.set(to, this.#latest(to, at));
      this.#counts?.move(channel, to);
      this.#refreshSoon();
    });
    // The visitor has become a member of a private channel.
    all.on('signal', ({ type }) => {
      if (type === ACCESS_SIGNAL) this.#refreshSoon();
    });
    all.on('read', ({ channel, seq }) => {
      if (this.#counts?.read(channel, seq) === false) void this.#countAgain(channel);
      this.#showSoon();
    });
    all.on('mute', (mute) => {
      this.#mutes.change(mute);
      this.#showSoon();
    });
    // The list is read by a request of its own, which shows why it is refused.
    all.on('error', () => undefined);
    const heads = new Map<string, number>();
    const stopHeads = all.on('live', ({ channel, head, archived }) => {
      if (!archived) heads.set(channel, head);
    });
    let isFirst = true;
    client.on('hello', () => {
      // What was read elsewhere without this stream is not known.
      if (!isFirst) setTimeout(() => void this.refresh(), Math.random() * SPREAD_MS);
      else queueMicrotask(() => this.#compareHeads(heads));
      isFirst = false;
      queueMicrotask(stopHeads);
    });
    void this.refresh();
  }

  /** The list that was read beside the begin of the stream may lack events that the stream does not send. */
  #compareHeads(ofStream = this.#streamHeads): void {
    this.#streamHeads = ofStream;
    const listed = this.#listedHeads;
    if (!ofStream || !listed) return;
    this.#streamHeads = undefined;
    const isOlder = [...ofStream].some(
      ([channel, head]) => channel !== CANARY_CHANNEL && (listed.get(channel) ?? 0) < head,
    );
    if (isOlder) this.#refreshSoon();
  }

  /** Takes a channel off the list: it was deleted or archived, or the visitor may not read it. */
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
      this.#recent.push(event);
      if (this.#recent.length > RECENT_MAX) this.#recent.shift();
      this.#count(event);
      const isMeant = isMeantFor(event, this.#account);
      const isKnown = isMeant || this.readState(channel)?.read;
      if (event.username !== this.#account && isKnown) {
        const place = isDirectName(channel) ? 'a direct message' : `#${channel}`;
        this.#onMessage(event, isMeant, place);
      }
    }
    this.#showSoon();
  }

  #count(message: Message): void {
    const { channel, username } = message;
    const isMention = this.#account !== undefined && mentions(message, this.#account);
    const isOwn = username === this.#account || channel === this.#reading;
    this.#counts?.receive(message, { isOwn, isMention });
  }

  async #countAgain(channel: string): Promise<void> {
    const client = this.#connection.snapshot();
    const listed = await fetchChannel(channel).catch(() => undefined);
    if (!listed || client !== this.#connection.snapshot()) return;
    this.#counts?.list(listed);
    for (const message of this.#recent) this.#count(message);
    this.#showSoon();
  }

  #showSoon(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#counts?.store();
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
    if (this.#counts?.adopt(event)) this.#showSoon();
  }

  #show(): void {
    // Counts that are not known yet would show as none.
    const counts = this.#counts;
    if (!counts) return;
    const channels = [...this.#activity]
      .filter(([channel]) => channel !== CANARY_CHANNEL)
      .map(([channel, at]) => {
        const mentioned = counts.of(channel)?.mentioned ?? 0;
        const unread = this.unreadOf(channel);
        return { ...this.#private.get(channel), channel, at, unread, mentioned };
      })
      .sort((a, b) => b.at.localeCompare(a.at))
      .slice(0, KNOWN);
    this.#publish({ channels, isWhole: this.#isWhole, fault: undefined });
  }

  #publish(listing: Listing): void {
    this.#listing = listing;
    for (const listener of this.#listeners) listener();
  }
}
