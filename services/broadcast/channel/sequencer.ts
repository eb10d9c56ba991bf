import type { ChatEvent } from '@parley/contract/events/event.ts';
import { HeldEvents } from './held-events.ts';

/** The result of `accept`. */
export type Verdict = 'next' | 'repeated' | 'held' | 'foreign';

/**
 * Puts one channel's events in order by `seq`, each once. The next event passes, earlier ones are
 * dropped, and later ones are held until the missing ones arrive. An event of another epoch is
 * foreign, as is every event while there is no epoch: only the log shows which log is the present
 * one.
 */
export class Sequencer {
  #epoch: string | null;
  #last: number;
  readonly #deliver: (event: ChatEvent) => void;
  readonly #space: HeldEvents;
  readonly #held = new Map<number, ChatEvent>();

  /** Without `space`, an event beyond a gap is not held; it is read from the log later. */
  constructor(
    start: { epoch: string | null; last: number },
    deliver: (event: ChatEvent) => void,
    space = new HeldEvents(),
  ) {
    this.#space = space;
    this.#epoch = start.epoch;
    this.#last = start.last;
    this.#deliver = deliver;
  }

  get epoch(): string | null {
    return this.#epoch;
  }

  /** The seq of the newest event delivered. */
  get last(): number {
    return this.#last;
  }

  accept(event: ChatEvent): Verdict {
    if (event.epoch !== this.#epoch) return 'foreign';
    if (event.seq <= this.#last) return 'repeated';
    if (event.seq > this.#last + 1) {
      if (!this.#held.has(event.seq) && this.#space.take(event)) this.#held.set(event.seq, event);
      return 'held';
    }
    this.#pass(event);
    this.#passHeld();
    return 'next';
  }

  /** Begins the log of a channel that had none, at its first event. */
  beginEpoch(epoch: string): void {
    this.#epoch = epoch;
  }

  /** Drops the held events. */
  clear(): void {
    for (const event of this.#held.values()) this.#space.release(event);
    this.#held.clear();
  }

  #pass(event: ChatEvent): void {
    const held = this.#held.get(event.seq);
    if (held) this.#space.release(held);
    this.#held.delete(event.seq);
    this.#last = event.seq;
    this.#deliver(event);
  }

  #passHeld(): void {
    for (let next = this.#held.get(this.#last + 1); next; next = this.#held.get(this.#last + 1)) {
      this.#pass(next);
    }
  }
}
