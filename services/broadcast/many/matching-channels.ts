import type { ChannelList } from '@parley/contract/channels/channel-list.ts';
import { CHANNELS_TOPIC, parseChannelNotice } from '@parley/contract/channels/channel-notice.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { repeat } from '@parley/kit/repeat.ts';
import { tagOf } from './positions.ts';

/** The bus announces new channels. This finds what it lost, while streams with patterns are open. */
const REFRESH_MS = 15_000;
/** How old the list may be when a stream begins. */
const FRESH_MS = 2_000;

interface Parts {
  bus: Bus;
  chat: Pick<ChatClient, 'channels'>;
  log: Log;
}

/** `at`: when the channel's newest event was stored, as far as it is known, in ms since 1970. */
interface Known {
  name: string;
  at: number;
}

type Listener = (channel: string) => void;

/**
 * The names of all public channels with events, for streams with patterns. Begins with the first such
 * stream.
 */
export class MatchingChannels implements Disposable {
  readonly #parts: Parts;
  /** Each channel by its tag. */
  readonly #channels = new Map<string, Known>();
  /** Names that were announced while the list was read. */
  readonly #announced = new Set<string>();
  /** Names that were forgotten while the list was read. */
  readonly #forgotten = new Set<string>();
  readonly #listeners = new Set<Listener>();
  readonly #stop = new AbortController();
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;
  #begun = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The most recently active channels that match, at most `most`. Compares every name. */
  newest(matches: (channel: string) => boolean, most: number): string[] {
    const found: Known[] = [];
    for (const known of this.#channels.values()) {
      const last = found.length < most ? undefined : found[most - 1];
      if ((last && known.at <= last.at) || !matches(known.name)) continue;
      const index = found.findLastIndex(({ at }) => at >= known.at) + 1;
      found.splice(index, 0, known);
      if (last) found.pop();
    }
    return found.map(({ name }) => name);
  }

  /** The channel with this tag; undefined when there is none. */
  named(tag: string): string | undefined {
    return this.#channels.get(tag)?.name;
  }

  /** Forgets a channel until it is listed or announced again. */
  forget(name: string): void {
    this.#channels.delete(tagOf(name));
    this.#announced.delete(name);
    if (this.#refreshing) this.#forgotten.add(name);
  }

  /** Resolves when the names are known. Rejects when chat cannot answer. */
  async ready(): Promise<void> {
    if (!this.#begun) this.#begin();
    if (performance.now() - this.#refreshedAt > FRESH_MS) await this.#refresh();
  }

  /** Calls back with each channel that is made from now on. Returns what ends that. */
  watch(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  #begin(): void {
    this.#begun = true;
    const { bus, log } = this.#parts;
    bus
      .subscribe(CHANNELS_TOPIC, (payload) => this.#receive(payload))
      .catch((error: Error) => log.warn({ cause: error.message }, 'no notices of new channels'));
    bus.onLink((connected) => {
      if (connected && this.#listeners.size > 0) void this.#refresh().catch(() => undefined);
    });
    void repeat(
      async () => {
        if (this.#listeners.size > 0) await this.#refresh();
      },
      {
        signal: this.#stop.signal,
        pauseMs: REFRESH_MS,
        onFailure: (cause, inARow) => {
          if (inARow === 1) log.warn({ cause: String(cause) }, 'the channels cannot be listed');
        },
      },
    );
  }

  #receive(payload: Buffer): void {
    try {
      const { channel } = parseChannelNotice(payload.toString());
      if (this.#refreshing) this.#announced.add(channel);
      this.#add(channel, Date.now());
    } catch (error) {
      const cause = (error as Error).message;
      this.#parts.log.warn({ cause }, 'a message on the channels topic is not a notice');
    }
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#readAll().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #readAll(): Promise<void> {
    const askedAt = performance.now();
    const listed = new Set<string>();
    this.#announced.clear();
    this.#forgotten.clear();
    for (let after: string | null = ''; after !== null; ) {
      const page: ChannelList = await this.#parts.chat.channels(after);
      for (const { channel, at } of page.channels) {
        if (!this.#forgotten.has(channel)) listed.add(this.#add(channel, Date.parse(at)));
      }
      after = page.next;
    }
    this.#refreshedAt = askedAt;
    for (const name of this.#announced) listed.add(tagOf(name));
    for (const name of this.#forgotten) listed.delete(tagOf(name));
    for (const tag of this.#channels.keys()) if (!listed.has(tag)) this.#channels.delete(tag);
  }

  /** Returns the name's tag. */
  #add(name: string, at: number): string {
    const tag = tagOf(name);
    if (name === CANARY_CHANNEL) return tag;
    const isNew = !this.#channels.has(tag);
    this.#channels.set(tag, { name, at });
    if (!isNew) return tag;
    for (const listener of this.#listeners) listener(name);
    return tag;
  }
}
