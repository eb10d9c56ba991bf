import { setTimeout as delay } from 'node:timers/promises';
import { CANARY_CHANNEL } from '@parley/contract/canary.ts';
import type { Presence, PresenceChange } from '@parley/contract/presence.ts';
import { instanceTopic, presenceTopic } from '@parley/contract/topic.ts';
import type { Bus } from '@parley/kit/bus.ts';
import type { Log } from '@parley/kit/log.ts';
import type { Framing } from '../framing.ts';
import { ChannelPresence } from './channel-presence.ts';
import { GoneInstances } from './gone-instances.ts';

const TICK_MS = 200;
/** How long the broker may take to grant a subscription. */
const GRANT_WAIT_MS = 1_000;
/** How long other instances may take to answer who is there. */
const ANSWER_WAIT_MS = 300;
/** How long a channel is listened to that has no readers here; longer than any grace time is waited for. */
const LINGER_MS = 30_000;
/** Channels without readers here that are listened to: anybody can ask for names. */
const LINGERING_MAX = 1_000;
/** JSON of a name in bytes; a longer one is made of escapes and counts as a guest, so that 200 fit in an MQTT message of 64 KB. */
const NAME_BYTES_MAX = 256;

interface PresencesParts {
  bus: Bus;
  log: Log;
  /** The name of this broadcast instance on the bus. */
  instance: string;
  /** How long whoever left may take to come back. */
  graceMs: number;
}

/** One reader's presence, from `enter` until `leave`. */
export interface Present {
  /** Who is in the channel, for a reader that becomes live. */
  whole(framing: Framing): Buffer;
  leave(): void;
}

interface Listened {
  presence: ChannelPresence;
  /** Resolves when the others have had time to say who is there. */
  heard: Promise<void>;
  usedAt: number;
}

/**
 * Who is in each channel that has readers here or was asked about a moment ago
 * (docs/decisions/0022-presence.md).
 */
export class Presences implements Disposable {
  readonly #parts: PresencesParts;
  readonly #listened = new Map<string, Listened>();
  readonly #gone = new GoneInstances();
  readonly #timer: NodeJS.Timeout;
  #tell: (change: PresenceChange) => void = () => undefined;

  constructor(parts: PresencesParts) {
    this.#parts = parts;
    const { bus, instance, log } = parts;
    bus
      .subscribe(instanceTopic('+'), (_, { topic }) => this.#end(instanceOf(topic)))
      .catch((error: Error) => log.debug({ cause: error.message }, 'not subscribed to wills yet'));
    bus.onLink((connected) => {
      const now = performance.now();
      if (connected) for (const { presence } of this.#listened.values()) presence.linkUp(now);
    });
    this.#timer = setInterval(() => this.#tick(performance.now()), TICK_MS);
    log.debug({ instance }, 'presence is said under this name');
  }

  /** Sets who tells the readers here what changed. */
  onChange(tell: (change: PresenceChange) => void): void {
    this.#tell = tell;
  }

  /** Counts one reader in; those of the canaries' channel are nobody. */
  enter(channel: string, name: string | undefined): Present {
    if (channel === CANARY_CHANNEL) {
      const nobody = this.#open(channel);
      return { whole: (framing) => nobody.whole(framing), leave: () => undefined };
    }
    const known = name !== undefined && isShort(name) ? name : undefined;
    const listened = this.#listen(channel);
    const { presence } = listened;
    presence.enter(known, performance.now());
    return {
      whole: (framing) => presence.whole(framing),
      leave: () => {
        listened.usedAt = performance.now();
        presence.leave(known, listened.usedAt);
      },
    };
  }

  /** Who is in a channel, also where nobody reads it here. */
  async look(channel: string): Promise<Presence> {
    if (channel === CANARY_CHANNEL) return this.#open(channel).presence;
    const { presence, heard } = this.#listen(channel);
    await heard;
    return presence.presence;
  }

  /** Takes back what was said: whoever reads here is about to be sent away. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const { presence } of this.#listened.values()) presence.close();
  }

  #open(channel: string): ChannelPresence {
    return new ChannelPresence(channel, {
      ...this.#parts,
      tell: (change) => this.#tell(change),
    });
  }

  #listen(channel: string): Listened {
    const known = this.#listened.get(channel);
    if (known) {
      known.usedAt = performance.now();
      return known;
    }
    const presence = this.#open(channel);
    const listened = { presence, heard: this.#begin(presence), usedAt: performance.now() };
    this.#listened.set(channel, listened);
    return listened;
  }

  /** Listens before it asks, so that every answer is heard. */
  async #begin(presence: ChannelPresence): Promise<void> {
    const { bus, log } = this.#parts;
    const { channel } = presence;
    const granted = bus
      .subscribe(presenceTopic(channel, '+'), (payload, { topic, retained }) =>
        this.#hear(presence, payload, { instance: instanceOf(topic), retained }),
      )
      .catch((error: Error) => log.debug({ channel, cause: error.message }, 'presence unheard'));
    await Promise.race([granted, delay(GRANT_WAIT_MS, undefined, { ref: false })]);
    if (!bus.connected) return;
    presence.sayAgain();
    presence.settle(performance.now());
    await delay(ANSWER_WAIT_MS, undefined, { ref: false });
  }

  #hear(
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
      presence.hear(payload, from, performance.now());
    } catch (error) {
      const cause = (error as Error).message;
      this.#parts.log.warn({ channel, cause }, 'a message on the presence topic is no presence');
    }
  }

  /** By its will: an instance is gone, or this one was taken for gone and is back. */
  #end(instance: string): void {
    const now = performance.now();
    const own = instance === this.#parts.instance;
    if (!own) this.#gone.add(instance);
    for (const { presence } of this.#listened.values()) {
      if (own) presence.linkUp(now);
      else presence.forget(instance, now);
    }
  }

  #tick(nowMs: number): void {
    const lingering: Listened[] = [];
    for (const listened of this.#listened.values()) {
      const { presence } = listened;
      if (presence.dueAt <= nowMs) presence.settle(nowMs);
      if (!presence.hasReaders) lingering.push(listened);
    }
    const tooMany = lingering.length - LINGERING_MAX;
    for (const [i, { presence, usedAt }] of lingering.entries()) {
      if (i < tooMany || nowMs - usedAt > LINGER_MS) this.#close(presence);
    }
  }

  #close(presence: ChannelPresence): void {
    presence.close();
    this.#parts.bus.unsubscribe(presenceTopic(presence.channel, '+'));
    this.#listened.delete(presence.channel);
  }
}

function instanceOf(topic: string): string {
  return topic.slice(topic.lastIndexOf('/') + 1);
}

function isShort(name: string): boolean {
  return Buffer.byteLength(JSON.stringify(name)) <= NAME_BYTES_MAX;
}
