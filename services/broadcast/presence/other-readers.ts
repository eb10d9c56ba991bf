import type { InstancePresence } from '@parley/contract/channels/presence.ts';
import type { Attendance } from './attendance.ts';

interface Said {
  names: Set<string>;
  guests: number;
  unlisted: number;
  staleAt: number;
}

const NOBODY: Omit<Said, 'staleAt'> = { names: new Set(), guests: 0, unlisted: 0 };

/** The presence that other instances published for a channel, counted in its attendance. */
export class OtherReaders {
  readonly #attendance: Attendance;
  readonly #said = new Map<string, Said>();

  constructor(attendance: Attendance) {
    this.#attendance = attendance;
  }

  /** True when the instance has readers that are counted here. */
  knows(instance: string): boolean {
    return this.#said.has(instance);
  }

  /** When the first presence becomes stale; Infinity when there is none. */
  get staleAt(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { staleAt } of this.#said.values()) first = Math.min(first, staleAt);
    return first;
  }

  /** Replaces the presence of an instance. */
  take(
    instance: string,
    said: InstancePresence,
    { nowMs, staleAt }: Record<'nowMs' | 'staleAt', number>,
  ): void {
    const names = new Set(said.names);
    const unlisted = Math.max(0, said.named - names.size);
    this.#carryOver(
      this.#said.get(instance) ?? NOBODY,
      { names, unlisted, guests: said.guests },
      nowMs,
    );
    this.#said.set(instance, { names, unlisted, guests: said.guests, staleAt });
    this.#countUnlisted();
  }

  /** Drops an instance; false when it had no presence. */
  forget(instance: string, nowMs: number): boolean {
    const before = this.#said.get(instance);
    if (!before) return false;
    this.#said.delete(instance);
    this.#carryOver(before, NOBODY, nowMs);
    this.#countUnlisted();
    return true;
  }

  /** The instances that have not renewed their presence. */
  stale(nowMs: number): string[] {
    return [...this.#said].filter(([, { staleAt }]) => staleAt <= nowMs).map(([name]) => name);
  }

  /** Sets when all of them become stale. */
  extend(staleAt: number): void {
    for (const said of this.#said.values()) said.staleAt = staleAt;
  }

  #carryOver(before: Omit<Said, 'staleAt'>, after: Omit<Said, 'staleAt'>, nowMs: number): void {
    for (const name of after.names) if (!before.names.has(name)) this.#attendance.arrive(name);
    for (const name of before.names) {
      if (!after.names.has(name)) this.#attendance.depart(name, nowMs);
    }
    const more = after.guests - before.guests;
    if (more > 0) this.#attendance.arriveGuests(more);
    else if (more < 0) this.#attendance.departGuests(-more, nowMs);
  }

  #countUnlisted(): void {
    const unlisted = [...this.#said.values()].reduce((sum, said) => sum + said.unlisted, 0);
    this.#attendance.countUnlisted(unlisted);
  }
}
