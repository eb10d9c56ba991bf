import { setTimeout as delay } from 'node:timers/promises';
import { parseAccessNotice } from '@parley/contract/channels/access.ts';
import { ACCESS_TOPIC, type Side } from '@parley/contract/channels/topic.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import { KnownAccess } from './known-access.ts';
import { type PrivateChannel, sideFor } from './private-channel.ts';
import { RecentChanges } from './recent-changes.ts';

/** How long a change may stay unknown before all readers of the private side are cut. */
const SETTLE_LIMIT_MS = 1_000;
/** How long it is remembered what an old name has become, and for how many names. */
const NAME_FRESH_MS = 2_000;
const NAMES_MAX = 1_000;
/** Channels whose access is not known; of more, readers come back with their next connection. */
const UNKNOWN_MAX = 10_000;
/** Those that are asked for in one round. */
const UNKNOWN_AT_ONCE = 200;

/** The sides on which a reader sees channels, and the last change that it knows of. */
export interface Sight {
  sides: ReadonlyMap<string, Side>;
  seen: number;
}

/** What follows changes of access. */
export interface AccessFollower {
  /** A channel became private or public: nothing of it may be shown as before. */
  switched(channel: string): void;
  /** A channel was deleted: its private side ends at once. `changed` follows with what has the name now. */
  deleted(channel: string): void;
  /** A channel is called `to` now. `side`: on which side its readers see it. */
  renamed(channel: string, to: string, side: Side): void | Promise<void>;
  /** The state of a channel after a change; undefined when it is public, or cannot be known. */
  changed(channel: string, state: PrivateChannel | undefined): void;
}

/** What follows the changes of all channels. */
export interface AllAccessFollower extends AccessFollower {
  /** The state of a channel as a comparison found it: a change only when its notice was lost. */
  compared(channel: string, state: PrivateChannel | undefined): void;
}

interface AccessParts {
  bus: Bus;
  /** Reads as a service that may enter every private channel; undefined: no channel is private here. */
  chat: Pick<ChatClient, 'privateChannels'> | undefined;
  /** What a channel of an old name is called now. */
  nameNow: ChatClient['nameNow'];
  log: Log;
}

/**
 * Which channels are private, and who may enter them: as chat answers, remembered for seconds, or until
 * the bus announces a change. While this is not known, a reader sees the public side, which has nothing
 * of a private channel (docs/decisions/chat/0064-private-channels.md).
 */
export class Access {
  readonly #parts: AccessParts;
  readonly #changes = new RecentChanges();
  readonly #known: KnownAccess;
  readonly #names = new Map<string, Promise<string | undefined>>();
  /** Channels whose private side lost its readers, since chat did not answer. */
  readonly #unknown = new Set<string>();
  #follower: AllAccessFollower | undefined;

  constructor(parts: AccessParts) {
    this.#parts = parts;
    const { bus, chat, log } = parts;
    this.#known = new KnownAccess(chat, this.#changes);
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
    const seen = this.#changes.last;
    const sides = new Map<string, Side>();
    if (!this.#parts.chat) return { sides, seen };
    const entered = channels.filter((channel) => identity.readerOf(channel) !== null);
    const states = await this.#known.findAll(entered);
    for (const [i, channel] of entered.entries()) {
      const side = sideFor(identity.readerOf(channel), states[i]);
      if (side === 'private') sides.set(channel, side);
    }
    return { sides, seen };
  }

  /** Repeats the changes since a sight, for a stream that began meanwhile. */
  repeatSince({ seen }: Sight): void {
    for (const channel of this.#changes.since(seen)) this.#settle(channel);
  }

  /** The number of the last change. */
  get seen(): number {
    return this.#changes.last;
  }

  /**
   * Receives what a comparison found of a channel; undefined: it is public. Chat was asked after change
   * `seen`; what a later change has made old is ignored.
   */
  update(channel: string, state: PrivateChannel | undefined, seen: number): void {
    if (this.#changes.has(channel, seen)) return;
    this.#known.remember(channel, state);
    this.#follower?.compared(channel, state);
  }

  /** Cuts the readers of a private channel, because chat does not confirm its members. */
  cut(channel: string): void {
    this.#known.forget(channel);
    this.#noteUnknown(channel);
    this.#follower?.changed(channel, undefined);
  }

  /**
   * Asks again about the channels whose access is not known, so that their members get them back.
   * @throws ChatError `store-unavailable` when chat cannot answer
   */
  async findUnknown(): Promise<void> {
    const names = [...this.#unknown].slice(0, UNKNOWN_AT_ONCE);
    const seen = this.#changes.last;
    // Those that chat refuses are asked for last.
    for (const name of names) this.#noteUnknown(name);
    const states = await this.#known.findAll(names);
    for (const [i, name] of names.entries()) {
      // What a later change has made old is asked for again.
      if (this.#changes.has(name, seen) || !this.#unknown.delete(name)) continue;
      this.#follower?.changed(name, states[i]);
    }
  }

  /** Asks again about a channel that the log does not show to outsiders any more. */
  async suspect(channel: string): Promise<void> {
    this.#known.forget(channel);
    const state = await this.#known.find(channel).catch(() => undefined);
    if (!state) return;
    this.#follower?.switched(channel);
    this.#follower?.changed(channel, state);
  }

  /**
   * A channel is called `to` now: the old name ends as by a deletion, and the new one has its log. While
   * its side is not known, it is as one that is public.
   */
  async renamed(channel: string, to: string): Promise<void> {
    for (const name of [channel, to]) this.#changed(name);
    const state = await this.#findSoon(to);
    await this.#follower?.renamed(channel, to, state ? 'private' : 'public');
    for (const name of [channel, to]) this.#settle(name);
  }

  /** What a channel of an old name is called now, if an identity may read that. */
  async nameFor(identity: Identity, channel: string): Promise<string | undefined> {
    const to = await this.#nameNow(channel);
    if (to === undefined || !identity.maySubscribe(to)) return undefined;
    const state = await this.#known.find(to);
    const isHidden = state && sideFor(identity.readerOf(to), state) === 'public';
    return isHidden ? undefined : to;
  }

  /** Asks chat, or uses an answer of the last seconds: a client can ask for any name. */
  #nameNow(channel: string): Promise<string | undefined> {
    const known = this.#names.get(channel);
    if (known) return known;
    if (this.#names.size >= NAMES_MAX) this.#names.clear();
    const asked = this.#parts.nameNow(channel);
    this.#names.set(channel, asked);
    const forget = () => {
      if (this.#names.get(channel) === asked) this.#names.delete(channel);
    };
    asked.catch(forget);
    setTimeout(forget, NAME_FRESH_MS).unref();
    return asked;
  }

  #changed(channel: string): void {
    this.#changes.add(channel);
    this.#known.forget(channel);
    this.#names.delete(channel);
  }

  #receive(payload: Buffer): void {
    try {
      const notice = parseAccessNotice(payload.toString());
      const { channel, change } = notice;
      if (change === 'renamed') {
        this.renamed(channel, notice.to).catch((err: unknown) =>
          this.#parts.log.error({ err, channel }, 'readers of a renamed channel were not moved'),
        );
        return;
      }
      this.#changed(channel);
      if (change === 'deleted') this.#follower?.deleted(channel);
      else if (change !== 'members') this.#follower?.switched(channel);
      this.#settle(channel);
    } catch (error) {
      const cause = (error as Error).message;
      this.#parts.log.warn({ cause }, 'a message on the topic of private channels is not a notice');
    }
  }

  /** Finds out what a change has changed. Until it is known, no reader gets the private side. */
  #settle(channel: string): void {
    void this.#findSoon(channel).then((state) => this.#follower?.changed(channel, state));
  }

  async #findSoon(channel: string): Promise<PrivateChannel | undefined> {
    const late = delay(SETTLE_LIMIT_MS, 'unknown' as const, { ref: false });
    const found = this.#known.find(channel).catch(() => 'unknown' as const);
    const state = await Promise.race([found, late]);
    if (state !== 'unknown') return state;
    this.#noteUnknown(channel);
    return undefined;
  }

  #noteUnknown(channel: string): void {
    this.#unknown.delete(channel);
    this.#unknown.add(channel);
    const [oldest] = this.#unknown;
    if (this.#unknown.size > UNKNOWN_MAX && oldest !== undefined) this.#unknown.delete(oldest);
  }
}
