import type { Presence, PresenceChange } from '@parley/contract/presence.ts';
import type { Framing } from '../framing.ts';
import type { Attendance } from './attendance.ts';

/** Readers from which on a channel counts as big. */
const BIG = 200;

/** How far apart a channel's announcements are at least: each goes to every reader, so many readers get fewer. */
export function periodMs(readers: number): number {
  return readers > BIG ? 5_000 : 1_000;
}

/**
 * Says who is in a channel: the whole of it to a reader that comes, then what changed to all,
 * gathered. Joined and left are to be taken as sets: a reader that has just come may be told of
 * somebody whom it knows.
 */
export class Announcer {
  readonly #channel: string;
  readonly #attendance: Attendance;
  readonly #whole = new Map<Framing, Buffer>();
  #announcedAt = Number.NEGATIVE_INFINITY;
  #wasListed = true;

  constructor(channel: string, attendance: Attendance) {
    this.#channel = channel;
    this.#attendance = attendance;
  }

  /** The whole presence as it is now. */
  get presence(): Presence {
    const { listed, names } = this.#attendance;
    return { ...this.#numbers(), ...(listed && { here: [...names].sort() }) };
  }

  /** When there will be something to announce; Infinity where nothing has changed. */
  get dueAt(): number {
    if (!this.#attendance.changed) return Number.POSITIVE_INFINITY;
    return this.#announcedAt + periodMs(this.#readers);
  }

  /**
   * The whole presence for a reader that comes. In a big channel it may be as old as the last
   * announcement, so that many who come at once share it; what it lacks comes with the next.
   */
  whole(framing: Framing): Buffer {
    if (this.#attendance.changed && this.#readers <= BIG) this.#whole.clear();
    const known = this.#whole.get(framing) ?? framing.presence(this.presence);
    this.#whole.set(framing, known);
    return known;
  }

  /** What is to be announced now, if anything. */
  take(nowMs: number): PresenceChange | undefined {
    if (nowMs < this.dueAt) return undefined;
    this.#announcedAt = nowMs;
    this.#whole.clear();
    const { listed } = this.#attendance;
    const wasListed = this.#wasListed;
    this.#wasListed = listed;
    const changes = this.#attendance.takeChanges();
    if (!listed) return this.#numbers();
    return wasListed ? { ...this.#numbers(), ...changes } : this.presence;
  }

  get #readers(): number {
    return this.#attendance.named + this.#attendance.guests;
  }

  #numbers() {
    const { named, guests } = this.#attendance;
    return { channel: this.#channel, named, guests };
  }
}
