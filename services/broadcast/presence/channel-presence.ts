import {
  type Presence,
  type PresenceChange,
  parseInstancePresence,
} from '@parley/contract/presence.ts';
import { presenceTopic } from '@parley/contract/topic.ts';
import type { Bus } from '@parley/kit/bus.ts';
import type { Framing } from '../framing.ts';
import { Announcer } from './announcer.ts';
import { Attendance } from './attendance.ts';
import { OtherReaders } from './other-readers.ts';
import { OwnReaders, STALE_MS } from './own-readers.ts';

interface ChannelPresenceParts {
  bus: Bus;
  /** The name of this broadcast instance on the bus. */
  instance: string;
  graceMs: number;
  /** Tells the channel's readers here. */
  tell: (change: PresenceChange) => void;
}

/** The name of an instance and whether the broker had kept what it said. */
export interface From {
  instance: string;
  retained: boolean;
}

/** Who is in one channel: says who reads it here, and hears who reads it elsewhere. */
export class ChannelPresence {
  readonly channel: string;
  readonly #parts: ChannelPresenceParts;
  readonly #attendance: Attendance;
  readonly #announcer: Announcer;
  readonly #own = new OwnReaders();
  readonly #others: OtherReaders;
  #retained = false;
  #closed = false;

  constructor(channel: string, parts: ChannelPresenceParts) {
    this.channel = channel;
    this.#parts = parts;
    this.#attendance = new Attendance(parts.graceMs);
    this.#announcer = new Announcer(channel, this.#attendance);
    this.#others = new OtherReaders(this.#attendance);
  }

  get hasReaders(): boolean {
    return this.#own.count > 0;
  }

  /** The whole of it, over all instances. */
  get presence(): Presence {
    return this.#announcer.presence;
  }

  /** When `settle` has something to do. */
  get dueAt(): number {
    const { nextEnd } = this.#attendance;
    return Math.min(nextEnd, this.#announcer.dueAt, this.#own.dueAt, this.#others.staleAt);
  }

  /** The whole of it as a reader gets it that becomes live. */
  whole(framing: Framing): Buffer {
    return this.#announcer.whole(framing);
  }

  enter(name: string | undefined, nowMs: number): void {
    this.#own.enter(name);
    if (name === undefined) this.#attendance.arriveGuests(1);
    else this.#attendance.arrive(name, nowMs);
  }

  leave(name: string | undefined, nowMs: number): void {
    this.#own.leave(name);
    if (name === undefined) this.#attendance.departGuests(1, nowMs);
    else this.#attendance.depart(name, nowMs);
  }

  /**
   * Takes what an instance says. Whoever is heard for the first time, or says that nobody reads
   * there, does not know what this one says: that is said again.
   * @throws ZodError or SyntaxError when it is no presence
   */
  hear(payload: Buffer, { instance, retained }: From, nowMs: number): void {
    if (instance === this.#parts.instance) {
      // Another took this one for gone.
      if (payload.length === 0 && this.#own.count > 0) this.#own.sayAgain();
      return;
    }
    if (payload.length === 0) {
      this.#others.forget(instance, nowMs);
      return;
    }
    const said = parseInstancePresence(payload.toString());
    if (said.channel !== this.channel) throw new Error(`it is of channel ${said.channel}`);
    // Clocks of machines differ; how old something is only counts where it may have lain at the broker.
    const ageMs = retained ? Math.max(0, Date.now() - Date.parse(said.at)) : 0;
    if (ageMs > STALE_MS) {
      this.clear(instance);
      return;
    }
    if (!this.#others.knows(instance) && this.#own.count > 0) this.#own.sayAgain();
    if (said.named + said.guests === 0) this.#others.forget(instance, nowMs);
    else this.#others.take(instance, said, { nowMs, staleAt: nowMs + STALE_MS - ageMs });
  }

  /** Drops what an instance said that is gone, here and at the broker. */
  forget(instance: string, nowMs: number): void {
    if (this.#others.forget(instance, nowMs)) this.clear(instance);
  }

  /** Has the broker forget what an instance said. */
  clear(instance: string): void {
    this.#parts.bus.publish(presenceTopic(this.channel, instance), '', { retain: true });
  }

  /** Says it again: to ask who else is there, or since the broker may have lost it. */
  sayAgain(): void {
    this.#own.sayAgain();
  }

  /** Gives the others time to be heard again, since they could not be. */
  linkUp(nowMs: number): void {
    this.#others.extend(nowMs + STALE_MS);
    this.#own.sayAgain();
  }

  /** Does what is due. While the link is down nobody can be heard, so nobody is forgotten. */
  settle(nowMs: number): void {
    if (this.#closed) return;
    if (this.#parts.bus.connected) {
      for (const instance of this.#others.stale(nowMs)) this.forget(instance, nowMs);
      if (this.#own.dueAt <= nowMs) this.#say(nowMs);
    }
    this.#attendance.expire(nowMs);
    const change = this.#announcer.take(nowMs);
    if (change) this.#parts.tell(change);
  }

  /** Takes back what was said, and says no more. */
  close(): void {
    this.#closed = true;
    if (this.#retained) this.clear(this.#parts.instance);
  }

  /** That nobody is here is kept by no broker: it clears what was, and otherwise only asks the others. */
  #say(nowMs: number): void {
    const said = this.#own.say(this.channel, nowMs);
    const topic = presenceTopic(this.channel, this.#parts.instance);
    const takesBack = this.#retained && this.#own.count === 0;
    this.#retained = this.#own.count > 0;
    if (takesBack) this.clear(this.#parts.instance);
    else this.#parts.bus.publish(topic, JSON.stringify(said), { retain: this.#retained });
  }
}
