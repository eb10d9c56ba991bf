import { setTimeout as delay } from 'node:timers/promises';
import type { Presence, PresenceChange } from '@parley/contract/channels/presence.ts';
import {
  instanceTopic,
  presenceTopic,
  type Side,
  sideKey,
} from '@parley/contract/channels/topic.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Framing } from '../framing/framing.ts';
import { ChannelPresence } from './channel-presence.ts';
import { GoneInstances } from './gone-instances.ts';

const TICK_MS = 200;
/** How long the broker may take to grant a subscription. */
const GRANT_WAIT_MS = 1_000;
/** How long to wait for the other instances to publish their presence. */
const ANSWER_WAIT_MS = 300;
/** How long a channel without readers here stays subscribed; longer than the default grace time. */
const LINGER_MS = 30_000;
/** Channels without readers here that stay subscribed: a client can ask for any name. */
const LINGERING_MAX = 1_000;
/**
 * The longest JSON of a name, in bytes, so that 200 names fit in an MQTT message of 64 KB. A longer
 * one consists of escapes, and counts as a guest.
 */
const NAME_BYTES_MAX = 256;

interface PresencesParts {
  bus: Bus;
  log: Log;
  /** The name of this broadcast instance on the bus. */
  instance: string;
  /** How long a reader that left may take to come back. */
  graceMs: number;
}

/** One reader's presence, from `enter` until `leave`. */
export interface ReaderPresence {
  /** The whole presence, framed for a reader that becomes live. */
  whole(framing: Framing): Buffer;
  /** The number of announcements of the channel until now. */
  announcements(): number;
  leave(): void;
}

interface Subscribed {
  presence: ChannelPresence;
  /** Resolves when the other instances have had time to publish their presence. */
  answered: Promise<void>;
  usedAt: number;
}

/**
 * Who is in each channel that has readers here or had a request for its presence a moment ago
 * (docs/decisions/streams/0022-presence.md).
 */
export class Presences implements Disposable {
  readonly #parts: PresencesParts;
  readonly #subscribed = new Map<string, Subscribed>();
  readonly #gone = new GoneInstances();
  readonly #timer: NodeJS.Timeout;
  #notify: (change: PresenceChange, side: Side) => void = () => undefined;

  constructor(parts: PresencesParts) {
    this.#parts = parts;
    const { bus, instance, log } = parts;
    bus
      .subscribe(instanceTopic('+'), (_, { topic }) => this.#end(instanceOf(topic)))
      .catch((error: Error) => log.debug({ cause: error.message }, 'not subscribed to wills yet'));
    bus.onLink((connected) => {
      const now = performance.now();
      if (connected) for (const { presence } of this.#subscribed.values()) presence.linkUp(now);
    });
    this.#timer = setInterval(() => this.#tick(performance.now()), TICK_MS);
    log.debug({ instance }, 'presence is published under this name');
  }

  /** Sets the function that announces changes to the readers here. */
  onChange(notify: (change: PresenceChange, side: Side) => void): void {
    this.#notify = notify;
  }

  /** Counts one reader; readers of the canary channel do not count. */
  enter(channel: string, name: string | undefined, side: Side = 'public'): ReaderPresence {
    if (channel === CANARY_CHANNEL) {
      const empty = this.#open(channel, side);
      return {
        whole: (framing) => empty.whole(framing),
        announcements: () => 0,
        leave: () => undefined,
      };
    }
    const known = name !== undefined && isShort(name) ? name : undefined;
    const subscribed = this.#subscribe(channel, side);
    const { presence } = subscribed;
    presence.enter(known, performance.now());
    return {
      whole: (framing) => presence.whole(framing),
      announcements: () => presence.announcements,
      leave: () => {
        subscribed.usedAt = performance.now();
        presence.leave(known, subscribed.usedAt);
      },
    };
  }

  /** Who is in a channel, also when it has no readers here. */
  async look(channel: string, side: Side = 'public'): Promise<Presence> {
    if (channel === CANARY_CHANNEL) return this.#open(channel, side).presence;
    const { presence, answered } = this.#subscribe(channel, side);
    await answered;
    return presence.presence;
  }

  /** How many read a public channel, over all replicas, as far as it is known here. */
  countsOf(channel: string): Pick<Presence, 'named' | 'guests'> {
    const { named = 0, guests = 0 } = this.#subscribed.get(channel)?.presence.presence ?? {};
    return { named, guests };
  }

  /**
   * Clears the presence of this instance in a channel whose readers are cut, also at the broker; by
   * default on both sides.
   */
  drop(channel: string, sides: Side[] = ['public', 'private']): void {
    for (const side of sides) {
      const subscribed = this.#subscribed.get(sideKey(channel, side));
      if (subscribed) this.#close(subscribed.presence);
    }
  }

  /** Clears the presence of this instance: its readers are about to be disconnected. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const { presence } of this.#subscribed.values()) presence.close();
  }

  #open(channel: string, side: Side): ChannelPresence {
    return new ChannelPresence(channel, {
      ...this.#parts,
      side,
      notify: (change) => this.#notify(change, side),
    });
  }

  #subscribe(channel: string, side: Side): Subscribed {
    const key = sideKey(channel, side);
    const known = this.#subscribed.get(key);
    if (known) {
      known.usedAt = performance.now();
      return known;
    }
    const presence = this.#open(channel, side);
    const subscribed = { presence, answered: this.#begin(presence), usedAt: performance.now() };
    this.#subscribed.set(key, subscribed);
    return subscribed;
  }

  /** Subscribes before it asks, so that every answer is received. */
  async #begin(presence: ChannelPresence): Promise<void> {
    const { bus, log } = this.#parts;
    const { channel, side } = presence;
    const granted = bus
      .subscribe(presenceTopic(channel, '+', side), (payload, { topic, retained }) =>
        this.#receive(presence, payload, { instance: instanceOf(topic), retained }),
      )
      .catch((error: Error) =>
        log.debug({ channel, cause: error.message }, 'no presence from the bus'),
      );
    await Promise.race([granted, delay(GRANT_WAIT_MS, undefined, { ref: false })]);
    if (!bus.connected) return;
    presence.publishAgain();
    presence.settle(performance.now());
    await delay(ANSWER_WAIT_MS, undefined, { ref: false });
  }

  #receive(
    presence: ChannelPresence,
    payload: Buffer,
    from: { instance: string; retained: boolean },
  ): void {
    const { channel } = presence;
    if (payload.length > 0 && this.#gone.isStraggler(from)) {
      presence.clear(from.instance);
      return;
    }
    try {
      presence.receive(payload, from, performance.now());
    } catch (error) {
      const cause = (error as Error).message;
      this.#parts.log.warn({ channel, cause }, 'a message on the presence topic is not a presence');
    }
  }

  /** Handles a will: another instance is gone, or this one was taken for gone and is back. */
  #end(instance: string): void {
    const now = performance.now();
    const own = instance === this.#parts.instance;
    if (!own) this.#gone.add(instance);
    for (const { presence } of this.#subscribed.values()) {
      if (own) presence.linkUp(now);
      else presence.forget(instance, now);
    }
  }

  #tick(nowMs: number): void {
    const lingering: Subscribed[] = [];
    for (const subscribed of this.#subscribed.values()) {
      const { presence } = subscribed;
      if (presence.dueAt <= nowMs) presence.settle(nowMs);
      if (!presence.hasReaders) lingering.push(subscribed);
    }
    const tooMany = lingering.length - LINGERING_MAX;
    for (const [i, { presence, usedAt }] of lingering.entries()) {
      if (i < tooMany || nowMs - usedAt > LINGER_MS) this.#close(presence);
    }
  }

  #close(presence: ChannelPresence): void {
    const { channel, side } = presence;
    presence.close();
    this.#parts.bus.unsubscribe(presenceTopic(channel, '+', side));
    this.#subscribed.delete(sideKey(channel, side));
  }
}

function instanceOf(topic: string): string {
  return topic.slice(topic.lastIndexOf('/') + 1);
}

function isShort(name: string): boolean {
  return Buffer.byteLength(JSON.stringify(name)) <= NAME_BYTES_MAX;
}
