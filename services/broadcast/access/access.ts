import { setTimeout as delay } from 'node:timers/promises';
import { accountIdOf } from '@parley/contract/accounts/subject.ts';
import { parseAccessNotice } from '@parley/contract/channels/access.ts';
import { ACCESS_TOPIC, type Side } from '@parley/contract/channels/topic.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import { EVERY_PRIVATE_CHANNEL, type Viewer } from '@parley/kit/viewer.ts';
import { inBatches } from '../channel/head-watch.ts';

/** How long an answer of chat is used, should the bus lose the notice of a change. */
const PRIVATE_FRESH_MS = 2_000;
/** Who takes a private channel for public sees what everyone sees, so this may be longer. */
const PUBLIC_FRESH_MS = 10_000;
/** How long a change may stay unknown before all readers of the private side are cut. */
const SETTLE_LIMIT_MS = 1_000;
/** Channels and members that are remembered together. */
const KNOWN_MAX = 100_000;
/** Channels in one request to chat: each may have a thousand members. */
export const PRIVATE_AT_ONCE = 20;
/** Changes that a stream which begins may have missed. */
const RECENT_MAX = 1_000;

/** A private channel: the ids of its members, and its head. */
export interface PrivateChannel {
  members: ReadonlySet<string>;
  head: number;
}

/** The sides on which a reader sees channels, and the last change that it knows of. */
export interface Sight {
  sides: ReadonlyMap<string, Side>;
  seen: number;
}

/** What follows changes of access. */
export interface AccessFollower {
  /** A channel became private or public: nothing of it may be shown as before. */
  switched(channel: string): void;
  /** A channel was deleted. What is private of it ends as well when its state is known (`changed`). */
  deleted(channel: string): void;
  /** The state of a channel after a change; undefined when it is public, or cannot be known. */
  changed(channel: string, state: PrivateChannel | undefined): void;
}

/** What follows the changes of all channels. */
export interface AllAccessFollower extends AccessFollower {
  /** The state of a channel as a comparison found it: a change only when its notice was lost. */
  compared(channel: string, state: PrivateChannel | undefined): void;
}

/** The private channels among those that chat was asked about. */
type Answer = ReadonlyMap<string, PrivateChannel | undefined>;

interface AccessParts {
  bus: Bus;
  /** Reads as a service that may enter every private channel; undefined: no channel is private here. */
  chat: Pick<ChatClient, 'privateChannels'> | undefined;
  log: Log;
}

/** The side on which a viewer sees a channel. */
export function sideFor(viewer: Viewer, state: PrivateChannel | undefined): Side {
  if (viewer === null || state === undefined) return 'public';
  return viewer === EVERY_PRIVATE_CHANNEL || state.members.has(viewer) ? 'private' : 'public';
}

/**
 * Which channels are private, and who may enter them: as chat answers, remembered for moments, until the bus
 * announces a change. A reader of whom this is not known sees the public side, which has nothing of
 * a private channel (docs/decisions/0064-private-channels.md).
 */
export class Access {
  readonly #parts: AccessParts;
  readonly #known = new Map<string, { state: PrivateChannel | undefined; at: number }>();
  #knownSize = 0;
  readonly #asked = new Map<string, Promise<Answer>>();
  /** The newest changes; the last has the number `#changes`. */
  readonly #recent: string[] = [];
  #changes = 0;
  #follower: AllAccessFollower | undefined;

  constructor(parts: AccessParts) {
    this.#parts = parts;
    const { bus, chat, log } = parts;
    if (!chat) return;
    bus
      .subscribe(ACCESS_TOPIC, (payload) => this.#receive(payload))
      .catch((error: Error) =>
        log.warn({ cause: error.message }, 'no notices of private channels'),
      );
  }

  /** Sets what follows the changes from now on. */
  follow(follower: AllAccessFollower): void {
    this.#follower = follower;
  }

  /**
   * The sides on which a reader sees channels. A reader without a token sees every public side.
   * @throws ChatError `store-unavailable` when chat cannot answer
   */
  async look(identity: Identity, channels: string[]): Promise<Sight> {
    const seen = this.#changes;
    const sides = new Map<string, Side>();
    if (!this.#parts.chat) return { sides, seen };
    const entered = channels.filter((channel) => identity.readerOf(channel) !== null);
    this.#ask(entered.filter((channel) => !this.#isFresh(channel)));
    await Promise.all(
      entered.map(async (channel) => {
        const state = await this.#findOrRefuse(channel);
        const side = sideFor(identity.readerOf(channel), state);
        if (side === 'private') sides.set(channel, side);
      }),
    );
    return { sides, seen };
  }

  /** Repeats the changes since a sight, for a stream that began meanwhile. */
  repeatSince({ seen }: Sight): void {
    for (const channel of this.#since(seen)) this.#settle(channel);
  }

  /** The number of the last change. */
  get seen(): number {
    return this.#changes;
  }

  /**
   * Receives what a comparison found of a channel; undefined: it is public. Chat was asked after change
   * `seen`; what a later change has made old is ignored.
   */
  update(channel: string, state: PrivateChannel | undefined, seen: number): void {
    if (this.#hasChanged(channel, seen)) return;
    this.#remember(channel, state);
    this.#follower?.compared(channel, state);
  }

  /** Cuts the readers of a private channel, because chat does not confirm its members. */
  cut(channel: string): void {
    this.#forget(channel);
    this.#follower?.changed(channel, undefined);
  }

  /** Asks again about a channel that the log does not show to outsiders any more. */
  async suspect(channel: string): Promise<void> {
    this.#forget(channel);
    const state = await this.#find(channel).catch(() => undefined);
    if (!state) return;
    this.#follower?.switched(channel);
    this.#follower?.changed(channel, state);
  }

  #receive(payload: Buffer): void {
    try {
      const { channel, change } = parseAccessNotice(payload.toString());
      this.#changes++;
      this.#recent.push(channel);
      if (this.#recent.length > RECENT_MAX) this.#recent.shift();
      this.#forget(channel);
      if (change === 'deleted') this.#follower?.deleted(channel);
      else if (change !== 'members') this.#follower?.switched(channel);
      this.#settle(channel);
    } catch (error) {
      const cause = (error as Error).message;
      this.#parts.log.warn({ cause }, 'a message on the topic of private channels is not a notice');
    }
  }

  /** Finds out what a change has changed. While that is not known, nothing is private for anyone. */
  #settle(channel: string): void {
    const late = delay(SETTLE_LIMIT_MS, undefined, { ref: false });
    void Promise.race([this.#find(channel).catch(() => undefined), late]).then((state) =>
      this.#follower?.changed(channel, state),
    );
  }

  async #findOrRefuse(channel: string): Promise<PrivateChannel | undefined> {
    const stale = this.#known.get(channel);
    try {
      return await this.#find(channel);
    } catch (cause) {
      if (stale && !stale.state) return undefined;
      throw new ChatError('store-unavailable', 'The channel cannot be read now; try again.', {
        cause,
      });
    }
  }

  async #find(channel: string): Promise<PrivateChannel | undefined> {
    if (this.#isFresh(channel)) return this.#known.get(channel)?.state;
    this.#ask([channel]);
    const asked = this.#asked.get(channel);
    try {
      return (await asked)?.get(channel);
    } finally {
      if (this.#asked.get(channel) === asked) this.#asked.delete(channel);
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
      const seen = this.#changes;
      const listed = (await this.#parts.chat?.privateChannels(channels)) ?? [];
      if (channels.some((channel) => this.#hasChanged(channel, seen))) continue;
      const states = new Map(
        listed.map((entry) => [entry.channel, entry.private && stateOf(entry)]),
      );
      for (const channel of channels) this.#remember(channel, states.get(channel));
      return states;
    }
  }

  #since(seen: number): ReadonlySet<string> {
    return new Set(seen === this.#changes ? [] : this.#recent.slice(seen - this.#changes));
  }

  #hasChanged(channel: string, seen: number): boolean {
    return seen !== this.#changes && this.#since(seen).has(channel);
  }

  #remember(channel: string, state: PrivateChannel | undefined): void {
    this.#forget(channel);
    this.#known.set(channel, { state, at: performance.now() });
    this.#knownSize += sizeOf(state);
    for (const oldest of this.#known.keys()) {
      if (this.#knownSize <= KNOWN_MAX) return;
      this.#forget(oldest);
    }
  }

  #forget(channel: string): void {
    const known = this.#known.get(channel);
    if (!known) return;
    this.#known.delete(channel);
    this.#knownSize -= sizeOf(known.state);
  }
}

/** The state of a private channel, from its entry in chat's list. */
export function stateOf({
  members = [],
  head,
}: {
  members?: string[] | undefined;
  head: number;
}): PrivateChannel {
  return { members: new Set(members.flatMap((subject) => accountIdOf(subject) ?? [])), head };
}

function sizeOf(state: PrivateChannel | undefined): number {
  return 1 + (state?.members.size ?? 0);
}
