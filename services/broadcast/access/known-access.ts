import { ChatError } from '@parley/contract/problem.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import { inBatches } from '../channel/head-watch.ts';
import { type PrivateChannel, stateOf } from './private-channel.ts';
import type { RecentChanges } from './recent-changes.ts';

/** How long an answer of chat is used, should the bus lose the notice of a change. */
const PRIVATE_FRESH_MS = 2_000;
/** A reader that takes a private channel for public sees what everyone sees, so this may be longer. */
const PUBLIC_FRESH_MS = 10_000;
/** Channels and members that are remembered together. */
const KNOWN_MAX = 100_000;
/** Channels in one request to chat: each may have a thousand members. */
export const PRIVATE_AT_ONCE = 20;

/** The private channels among those that chat was asked about. */
type Answer = ReadonlyMap<string, PrivateChannel | undefined>;

/** What chat answered of the access of channels, remembered for seconds. */
export class KnownAccess {
  readonly #chat: Pick<ChatClient, 'privateChannels'> | undefined;
  readonly #changes: RecentChanges;
  readonly #known = new Map<string, { state: PrivateChannel | undefined; at: number }>();
  #knownSize = 0;
  readonly #asked = new Map<string, Promise<Answer>>();

  /** Without `chat` every channel is public. An answer that a change has made old is not used. */
  constructor(chat: Pick<ChatClient, 'privateChannels'> | undefined, changes: RecentChanges) {
    this.#chat = chat;
    this.#changes = changes;
  }

  /**
   * The states of channels, which are asked for together; undefined for a public channel. Without an
   * answer, a channel that was public counts as public.
   * @throws ChatError `store-unavailable` when chat cannot answer
   */
  findAll(channels: string[]): Promise<(PrivateChannel | undefined)[]> {
    this.#ask(channels.filter((channel) => !this.#isFresh(channel)));
    return Promise.all(channels.map((channel) => this.#findOrRefuse(channel)));
  }

  /** The state of a channel; undefined when it is public. Rejects when chat cannot answer. */
  async find(channel: string): Promise<PrivateChannel | undefined> {
    if (this.#isFresh(channel)) return this.#known.get(channel)?.state;
    this.#ask([channel]);
    const asked = this.#asked.get(channel);
    try {
      return (await asked)?.get(channel);
    } finally {
      if (this.#asked.get(channel) === asked) this.#asked.delete(channel);
    }
  }

  remember(channel: string, state: PrivateChannel | undefined): void {
    this.forget(channel);
    this.#known.set(channel, { state, at: performance.now() });
    this.#knownSize += sizeOf(state);
    for (const oldest of this.#known.keys()) {
      if (this.#knownSize <= KNOWN_MAX) return;
      this.forget(oldest);
    }
  }

  forget(channel: string): void {
    const known = this.#known.get(channel);
    if (!known) return;
    this.#known.delete(channel);
    this.#knownSize -= sizeOf(known.state);
  }

  async #findOrRefuse(channel: string): Promise<PrivateChannel | undefined> {
    const stale = this.#known.get(channel);
    try {
      return await this.find(channel);
    } catch (cause) {
      if (stale && !stale.state) return undefined;
      throw new ChatError('store-unavailable', 'The channel cannot be read now; try again.', {
        cause,
      });
    }
  }

  #isFresh(channel: string): boolean {
    const known = this.#known.get(channel);
    const freshMs = known?.state ? PRIVATE_FRESH_MS : PUBLIC_FRESH_MS;
    return known !== undefined && performance.now() - known.at < freshMs;
  }

  /** Asks chat about channels, unless it is asked already; the caller awaits each answer. */
  #ask(channels: string[]): void {
    const unasked = channels.filter((name) => !this.#asked.has(name)).map((name) => ({ name }));
    for (const batch of inBatches(unasked, PRIVATE_AT_ONCE)) {
      const names = batch.map(({ name }) => name);
      const asked = this.#read(names);
      for (const name of names) this.#asked.set(name, asked);
    }
  }

  /** Asks chat until none of the channels changes meanwhile. */
  async #read(channels: string[]): Promise<Answer> {
    for (;;) {
      const seen = this.#changes.last;
      const listed = (await this.#chat?.privateChannels(channels)) ?? [];
      if (channels.some((channel) => this.#changes.has(channel, seen))) continue;
      const states = new Map(
        listed.map((entry) => [entry.channel, entry.private ? stateOf(entry) : undefined]),
      );
      for (const channel of channels) this.remember(channel, states.get(channel));
      return states;
    }
  }
}

function sizeOf(state: PrivateChannel | undefined): number {
  return 1 + (state?.members.size ?? 0);
}
