import type { Presence, PresenceChange } from '@parley/contract/channels/presence.ts';
import type { Framing } from '../framing/framing.ts';
import type { Attendance } from './attendance.ts';

/** A channel with more readers than this is big. */
const BIG = 200;

/**
 * The shortest time between announcements of a channel. Each goes to every reader, so big channels
 * get fewer.
 */
export function periodMs(readers: number): number {
  return readers > BIG ? 5_000 : 1_000;
}

/**
 * Announces who is in a channel: the whole presence to a new reader, then gathered changes to all.
 * Clients treat `joined` and `left` as sets: a new reader may receive a name that it already has.
 */
export class Announcer {
  readonly #channel: string;
  readonly #attendance: Attendance;
  readonly #whole = new Map<Framing, Buffer>();
  #announcements = 0;
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

  /** The number of announcements until now. */
  get announcements(): number {
    return this.#announcements;
  }

  /** When the next announcement is due; Infinity when nothing has changed. */
  get dueAt(): number {
    if (!this.#attendance.changed) return Number.POSITIVE_INFINITY;
    return this.#announcedAt + periodMs(this.#readers);
  }

  /**
   * The whole presence for a new reader. In a big channel it may be as old as the last
   * announcement, so that many new readers share it; the next announcement brings what it lacks.
   */
  whole(framing: Framing): Buffer {
    if (this.#attendance.changed && this.#readers <= BIG) this.#whole.clear();
    const known = this.#whole.get(framing) ?? framing.presence(this.presence);
    this.#whole.set(framing, known);
    return known;
  }

  /** The announcement that is due now, if any. */
  take(nowMs: number): PresenceChange | undefined {
    if (nowMs < this.dueAt) return undefined;
    this.#announcements++;
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
