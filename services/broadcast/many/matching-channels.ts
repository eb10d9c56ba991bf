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
  chat: Pick<ChatClient, 'names'>;
  log: Log;
}

type Listener = (channel: string) => void;

/**
 * The names of all channels with events, for streams with patterns. Begins with the first such
 * stream.
 */
export class MatchingChannels implements Disposable {
  readonly #parts: Parts;
  /** Each name by its tag. */
  readonly #names = new Map<string, string>();
  /** Names that were announced while the list was read. */
  readonly #announced = new Set<string>();
  readonly #listeners = new Set<Listener>();
  readonly #stop = new AbortController();
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;
  #begun = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The channels that match. Compares every name. */
  find(matches: (channel: string) => boolean): string[] {
    return this.#names.values().filter(matches).toArray();
  }

  /** The channel with this tag; undefined when there is none. */
  named(tag: string): string | undefined {
    return this.#names.get(tag);
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
      this.#add(channel);
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
    for (let after: string | null = ''; after !== null; ) {
      const page: { names: string[]; next: string | null } = await this.#parts.chat.names(after);
      for (const name of page.names) listed.add(this.#add(name));
      after = page.next;
    }
    this.#refreshedAt = askedAt;
    for (const name of this.#announced) listed.add(tagOf(name));
    for (const tag of this.#names.keys()) if (!listed.has(tag)) this.#names.delete(tag);
  }

  /** Returns the name's tag. */
  #add(name: string): string {
    const tag = tagOf(name);
    if (name === CANARY_CHANNEL || this.#names.has(tag)) return tag;
    this.#names.set(tag, name);
    for (const listener of this.#listeners) listener(name);
    return tag;
  }
}
