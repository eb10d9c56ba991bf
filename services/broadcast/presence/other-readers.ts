import type { InstancePresence } from '@parley/contract/channels/presence.ts';
import type { Attendance } from './attendance.ts';

interface Counted {
  names: Set<string>;
  guests: number;
  unlisted: number;
  staleAt: number;
}

const NO_READERS: Omit<Counted, 'staleAt'> = { names: new Set(), guests: 0, unlisted: 0 };

/** The presence that other instances published for a channel, counted in its attendance. */
export class OtherReaders {
  readonly #attendance: Attendance;
  readonly #counted = new Map<string, Counted>();

  constructor(attendance: Attendance) {
    this.#attendance = attendance;
  }

  /** True when the instance has readers that are counted here. */
  knows(instance: string): boolean {
    return this.#counted.has(instance);
  }

  /** When the first presence becomes stale; Infinity when there is none. */
  get staleAt(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { staleAt } of this.#counted.values()) first = Math.min(first, staleAt);
    return first;
  }

  /** Replaces the presence of an instance. */
  replace(
    instance: string,
    presence: InstancePresence,
    { nowMs, staleAt }: Record<'nowMs' | 'staleAt', number>,
  ): void {
    const names = new Set(presence.names);
    const unlisted = Math.max(0, presence.named - names.size);
    this.#carryOver(
      this.#counted.get(instance) ?? NO_READERS,
      { names, unlisted, guests: presence.guests },
      nowMs,
    );
    this.#counted.set(instance, { names, unlisted, guests: presence.guests, staleAt });
    this.#countUnlisted();
  }

  /** Drops an instance; false when it had no presence. */
  forget(instance: string, nowMs: number): boolean {
    const before = this.#counted.get(instance);
    if (!before) return false;
    this.#counted.delete(instance);
    this.#carryOver(before, NO_READERS, nowMs);
    this.#countUnlisted();
    return true;
  }

  /** The instances that have not renewed their presence. */
  stale(nowMs: number): string[] {
    return [...this.#counted].filter(([, { staleAt }]) => staleAt <= nowMs).map(([name]) => name);
  }

  /** Sets when all of them become stale. */
  extend(staleAt: number): void {
    for (const counted of this.#counted.values()) counted.staleAt = staleAt;
  }

  #carryOver(
    before: Omit<Counted, 'staleAt'>,
    after: Omit<Counted, 'staleAt'>,
    nowMs: number,
  ): void {
    for (const name of after.names) if (!before.names.has(name)) this.#attendance.arrive(name);
    for (const name of before.names) {
      if (!after.names.has(name)) this.#attendance.depart(name, nowMs);
    }
    const more = after.guests - before.guests;
    if (more > 0) this.#attendance.arriveGuests(more);
    else if (more < 0) this.#attendance.departGuests(-more, nowMs);
  }

  #countUnlisted(): void {
    const unlisted = [...this.#counted.values()].reduce(
      (sum, counted) => sum + counted.unlisted,
      0,
    );
    this.#attendance.countUnlisted(unlisted);
  }
}
