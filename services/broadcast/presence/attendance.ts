import { NAMES_MAX } from '@parley/contract/channels/presence.ts';

/** A guest that leaves within this time after a new name arrived has signed in under that name. */
const SIGN_IN_MS = 2000;
/** More newcomers than this are not remembered. */
const NEWCOMERS_MAX = 100;

/**
 * Who is in a channel. A name counts once, however often it is present. A reader that leaves still
 * counts for a grace time: a reader that comes back within it, to any replica, was never away. A
 * new guest replaces a guest that left. So does a new name, since guests sign in. All times are of
 * one clock, in milliseconds.
 */
export class Attendance {
  readonly #graceMs: number;
  /** How often each name is present; 0 in the grace time. */
  readonly #names = new Map<string, number>();
  /** When the grace time of each name that left ends, soonest first. */
  readonly #leaving = new Map<string, number>();
  /** Arrival times of new names that no guest has left for. */
  #newcomers: number[] = [];
  #guests = 0;
  /** When the grace times of guests that left end, soonest first. */
  #leavingGuests: { count: number; until: number }[] = [];
  #unlisted = 0;
  #joined = new Set<string>();
  #left = new Set<string>();
  #changed = false;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** The names in order of arrival. */
  get names(): IterableIterator<string> {
    return this.#names.keys();
  }

  get named(): number {
    return this.#names.size + this.#unlisted;
  }

  get guests(): number {
    return this.#leavingGuests.reduce((sum, { count }) => sum + count, this.#guests);
  }

  /** True when the names are few enough to be announced. */
  get listed(): boolean {
    return this.named <= NAMES_MAX;
  }

  get changed(): boolean {
    return this.#changed;
  }

  /** When the next grace time ends; Infinity when none runs. */
  get nextEnd(): number {
    const [name = Number.POSITIVE_INFINITY] = this.#leaving.values();
    return Math.min(name, this.#leavingGuests[0]?.until ?? Number.POSITIVE_INFINITY);
  }

  /**
   * Counts a name as present. Without `nowMs` the name arrives at another replica: then no guest
   * here can have signed in under it.
   */
  arrive(name: string, nowMs?: number): void {
    const times = this.#names.get(name);
    this.#names.set(name, (times ?? 0) + 1);
    if (times === 0) this.#leaving.delete(name);
    if (times !== undefined) return;
    if (this.#takeBack(1) === 0 && nowMs !== undefined) {
      this.#newcomers = [...this.#newcomers.slice(1 - NEWCOMERS_MAX), nowMs];
    }
    this.#left.delete(name);
    this.#joined.add(name);
    this.#changed = true;
  }

  depart(name: string, nowMs: number): void {
    const times = (this.#names.get(name) ?? 0) - 1;
    if (times < 0) return;
    this.#names.set(name, times);
    if (times === 0) this.#leaving.set(name, nowMs + this.#graceMs);
  }

  arriveGuests(count: number): void {
    const before = this.guests;
    this.#guests += count;
    this.#takeBack(count);
    this.#changed ||= this.guests !== before;
  }

  /** Ends the grace time of up to `count` guests, and returns their number. */
  #takeBack(count: number): number {
    let back = count;
    for (const left of this.#leavingGuests) {
      const taken = Math.min(left.count, back);
      left.count -= taken;
      back -= taken;
    }
    this.#leavingGuests = this.#leavingGuests.filter((left) => left.count > 0);
    return count - back;
  }

  departGuests(count: number, nowMs: number): void {
    this.#guests -= count;
    this.#newcomers = this.#newcomers.filter((at) => nowMs - at <= SIGN_IN_MS);
    const signedIn = this.#newcomers.splice(0, count).length;
    this.#changed ||= signedIn > 0;
    if (signedIn < count) this.#grantGrace(count - signedIn, nowMs);
  }

  #grantGrace(count: number, nowMs: number): void {
    // Rounded up to a second, so that many guests who leave one by one are one entry.
    const until = Math.ceil((nowMs + this.#graceMs) / 1000) * 1000;
    const last = this.#leavingGuests.at(-1);
    if (last?.until === until) last.count += count;
    else this.#leavingGuests.push({ count, until });
  }

  /**
   * Sets the number of names that other instances count without listing them; such a name may count
   * twice.
   */
  countUnlisted(unlisted: number): void {
    this.#changed ||= unlisted !== this.#unlisted;
    this.#unlisted = unlisted;
  }

  /** Removes the readers whose grace time has ended. */
  expire(nowMs: number): void {
    for (const [name, until] of this.#leaving) {
      if (until > nowMs) break;
      this.#leaving.delete(name);
      this.#names.delete(name);
      this.#joined.delete(name);
      this.#left.add(name);
      this.#changed = true;
    }
    const staying = this.#leavingGuests.filter(({ until }) => until > nowMs);
    this.#changed ||= staying.length < this.#leavingGuests.length;
    this.#leavingGuests = staying;
  }

  /** Returns who joined and left since the last call, and clears both. */
  takeChanges(): { joined: string[]; left: string[] } {
    const changes = { joined: [...this.#joined].sort(), left: [...this.#left].sort() };
    this.#joined.clear();
    this.#left.clear();
    this.#changed = false;
    return changes;
  }
}
