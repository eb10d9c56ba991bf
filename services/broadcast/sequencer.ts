import type { ChatEvent } from '@parley/contract/event.ts';
import { HeldEvents } from './held-events.ts';

/** What `accept` made of an event. */
export type Verdict = 'next' | 'repeated' | 'held' | 'foreign';

/**
 * Puts one channel's events in order by `seq`, each once: the next one passes, those before it are
 * dropped, those after it are held until what is missing arrives. An event of another epoch is
 * foreign: whether the log was replaced only the log can say.
 */
export class Sequencer {
  #epoch: string | null;
  #last: number;
  readonly #deliver: (event: ChatEvent) => void;
  readonly #room: HeldEvents;
  readonly #held = new Map<number, ChatEvent>();

  /** What finds no `room` beyond a hole is not held: the log is asked for it again. */
  constructor(
    start: { epoch: string | null; last: number },
    deliver: (event: ChatEvent) => void,
    room = new HeldEvents(),
  ) {
    this.#room = room;
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
    this.#epoch ??= event.epoch;
    if (event.epoch !== this.#epoch) return 'foreign';
    if (event.seq <= this.#last) return 'repeated';
    if (event.seq > this.#last + 1) {
      if (!this.#held.has(event.seq) && this.#room.take(event)) this.#held.set(event.seq, event);
      return 'held';
    }
    this.#pass(event);
    this.#passHeld();
    return 'next';
  }

  /** Forgets what is held. */
  clear(): void {
    for (const event of this.#held.values()) this.#room.release(event);
    this.#held.clear();
  }

  #pass(event: ChatEvent): void {
    const held = this.#held.get(event.seq);
    if (held) this.#room.release(held);
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
