import { NAMES_MAX } from '@parley/contract/presence.ts';

/** A guest that leaves so soon after a new name came has signed in under it. */
const SIGN_IN_MS = 2000;
/** More newcomers than this are not remembered. */
const NEWCOMERS_MAX = 100;

/**
 * Who is in a channel. A name counts once, however often it is there. Whoever leaves counts for a
 * grace time more, so that who comes back meanwhile, to whichever replica, was never away; a guest
 * that comes is taken for one that left, and so is a new name: somebody who has signed in. All times
 * are of one clock, in milliseconds.
 */
export class Attendance {
  readonly #graceMs: number;
  /** How often each name is there; 0 in the grace time. */
  readonly #names = new Map<string, number>();
  /** Until when a name that left still counts, soonest first. */
  readonly #leaving = new Map<string, number>();
  /** When new names came for which no guest has left. */
  #newcomers: number[] = [];
  #guests = 0;
  /** Until when a guest that left still counts, soonest first. */
  #leavingGuests: { count: number; until: number }[] = [];
  #unlisted = 0;
  #joined = new Set<string>();
  #left = new Set<string>();
  #changed = false;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** The names in the order of their coming. */
  get names(): IterableIterator<string> {
    return this.#names.keys();
  }

  get named(): number {
    return this.#names.size + this.#unlisted;
  }

  get guests(): number {
    return this.#leavingGuests.reduce((sum, { count }) => sum + count, this.#guests);
  }

  /** Whether the names are few enough to be told. */
  get listed(): boolean {
    return this.named <= NAMES_MAX;
  }

  get changed(): boolean {
    return this.#changed;
  }

  /** When the next grace time ends; Infinity where none runs. */
  get nextEnd(): number {
    const [name = Number.POSITIVE_INFINITY] = this.#leaving.values();
    return Math.min(name, this.#leavingGuests[0]?.until ?? Number.POSITIVE_INFINITY);
  }

  /** A name comes; `nowMs` is absent where it comes to another replica, whose guests are not ours. */
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

  /** So many of the guests that left count no longer, as far as there are any. */
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
    // To the second, so that many who leave one by one are one entry.
    const until = Math.ceil((nowMs + this.#graceMs) / 1000) * 1000;
    const last = this.#leavingGuests.at(-1);
    if (last?.until === until) last.count += count;
    else this.#leavingGuests.push({ count, until });
  }

  /** Sets how many more have names that are told nowhere; a name among them may count twice. */
  countUnlisted(unlisted: number): void {
    this.#changed ||= unlisted !== this.#unlisted;
    this.#unlisted = unlisted;
  }

  /** Lets those go whose grace time has ended. */
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

  /** Hands over who joined and left since the last time. */
  takeChanges(): { joined: string[]; left: string[] } {
    const changes = { joined: [...this.#joined].sort(), left: [...this.#left].sort() };
    this.#joined.clear();
    this.#left.clear();
    this.#changed = false;
    return changes;
  }
}
