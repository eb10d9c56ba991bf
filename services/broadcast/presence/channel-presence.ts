import {
  type Presence,
  type PresenceChange,
  parseInstancePresence,
} from '@parley/contract/channels/presence.ts';
import { presenceTopic, type Side } from '@parley/contract/channels/topic.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Framing } from '../framing/framing.ts';
import { Announcer } from './announcer.ts';
import { Attendance } from './attendance.ts';
import { OtherReaders } from './other-readers.ts';
import { OwnReaders, STALE_MS } from './own-readers.ts';

interface ChannelPresenceParts {
  bus: Bus;
  /** The name of this broadcast instance on the bus. */
  instance: string;
  graceMs: number;
  /** The side of the channel's name; its readers see each other. */
  side: Side;
  /** Announces a change to the channel's readers here. */
  notify: (change: PresenceChange) => void;
}

/** The instance that published a message, and whether the broker had retained the message. */
export interface From {
  instance: string;
  retained: boolean;
}

/** Who is in one channel: publishes its readers here, and receives its readers elsewhere. */
export class ChannelPresence {
  readonly channel: string;
  readonly side: Side;
  readonly #parts: ChannelPresenceParts;
  readonly #attendance: Attendance;
  readonly #announcer: Announcer;
  readonly #own = new OwnReaders();
  readonly #others: OtherReaders;
  #retained = false;
  #closed = false;

  constructor(channel: string, parts: ChannelPresenceParts) {
    this.channel = channel;
    this.side = parts.side;
    this.#parts = parts;
    this.#attendance = new Attendance(parts.graceMs);
    this.#announcer = new Announcer(channel, this.#attendance);
    this.#others = new OtherReaders(this.#attendance);
  }

  get hasReaders(): boolean {
    return this.#own.count > 0;
  }

  /** The whole presence, over all instances. */
  get presence(): Presence {
    return this.#announcer.presence;
  }

  /** When `settle` has something to do. */
  get dueAt(): number {
    const { nextEnd } = this.#attendance;
    return Math.min(nextEnd, this.#announcer.dueAt, this.#own.dueAt, this.#others.staleAt);
  }

  /** The number of announcements until now. */
  get announcements(): number {
    return this.#announcer.announcements;
  }

  /** The whole presence, framed for a reader that becomes live. */
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
   * Receives the presence of an instance. An instance that is new or has no readers does not know
   * the presence of this one, which is then published again.
   * @throws ZodError or SyntaxError when the payload is not a presence
   */
  receive(payload: Buffer, { instance, retained }: From, nowMs: number): void {
    if (instance === this.#parts.instance) {
      // Another instance took this one for gone.
      if (payload.length === 0 && this.#own.count > 0) this.#own.publishAgain();
      return;
    }
    if (payload.length === 0) {
      this.#others.forget(instance, nowMs);
      return;
    }
    const presence = parseInstancePresence(payload.toString());
    if (presence.channel !== this.channel) throw new Error(`its channel is ${presence.channel}`);
    // Clocks of machines differ, so the age counts only for a message that the broker retained.
    const ageMs = retained ? Math.max(0, Date.now() - Date.parse(presence.at)) : 0;
    if (ageMs > STALE_MS) {
      this.clear(instance);
      return;
    }
    if (!this.#others.knows(instance) && this.#own.count > 0) this.#own.publishAgain();
    if (presence.named + presence.guests === 0) this.#others.forget(instance, nowMs);
    else this.#others.replace(instance, presence, { nowMs, staleAt: nowMs + STALE_MS - ageMs });
  }

  /** Drops the presence of an instance that is gone, here and at the broker. */
  forget(instance: string, nowMs: number): void {
    if (this.#others.forget(instance, nowMs)) this.clear(instance);
  }

  /** Clears the retained presence of an instance at the broker. */
  clear(instance: string): void {
    this.#parts.bus.publish(this.#topicOf(instance), '', { retain: true });
  }

  /**
   * Makes the presence due again: other instances answer with theirs, and the broker may have lost
   * it.
   */
  publishAgain(): void {
    this.#own.publishAgain();
  }

  /** Gives the other instances time to publish again, since the link was down. */
  linkUp(nowMs: number): void {
    this.#others.extend(nowMs + STALE_MS);
    this.#own.publishAgain();
  }

  /** Does what is due. While the link is down nothing arrives, so no instance is dropped. */
  settle(nowMs: number): void {
    if (this.#closed) return;
    if (this.#parts.bus.connected) {
      for (const instance of this.#others.stale(nowMs)) this.forget(instance, nowMs);
      if (this.#own.dueAt <= nowMs) this.#publish(nowMs);
    }
    this.#attendance.expire(nowMs);
    const change = this.#announcer.take(nowMs);
    if (change) this.#parts.notify(change);
  }

  /** Clears the presence of this instance, and publishes no more. */
  close(): void {
    this.#closed = true;
    if (this.#retained) this.clear(this.#parts.instance);
  }

  #topicOf(instance: string): string {
    return presenceTopic(this.channel, instance, this.#parts.side);
  }

  /**
   * A presence without readers is not retained: it clears a retained one, and otherwise only asks
   * the other instances for theirs.
   */
  #publish(nowMs: number): void {
    const presence = this.#own.next(this.channel, nowMs);
    const topic = this.#topicOf(this.#parts.instance);
    const takesBack = this.#retained && this.#own.count === 0;
    this.#retained = this.#own.count > 0;
    if (takesBack) this.clear(this.#parts.instance);
    else this.#parts.bus.publish(topic, JSON.stringify(presence), { retain: this.#retained });
  }
}
