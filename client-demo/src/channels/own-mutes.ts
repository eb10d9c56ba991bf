import type { Mute } from '@parley/client';
import { TIMER_MAX_MS } from '../retry-timer.ts';
import type { ListedChannel } from './channel-entry.ts';

/** A timer may be this much earlier than the clock. */
const EARLY_MS = 5;

/** In which channels the account is muted, as the last list says, and the stream since then. */
export class OwnMutes {
  readonly #onEnd: () => void;
  #ends = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `onEnd`: called when the time of a mute is over. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Until when the account is muted in a channel (ISO 8601). */
  until(channel: string): string | undefined {
    const until = this.#ends.get(channel);
    return until !== undefined && Date.parse(until) > Date.now() ? until : undefined;
  }

  list(listed: readonly ListedChannel[]): void {
    this.#ends = new Map(
      listed.flatMap(({ channel, mutedUntil }) => (mutedUntil ? [[channel, mutedUntil]] : [])),
    );
    this.#awaitEnd();
  }

  change({ channel, until }: Mute): void {
    if (until === null) this.#ends.delete(channel);
    else this.#ends.set(channel, until);
    this.#awaitEnd();
  }

  /** Forgets the mutes: they are of another account. */
  clear(): void {
    this.#ends.clear();
    this.#awaitEnd();
  }

  #awaitEnd(): void {
    clearTimeout(this.#timer);
    const now = Date.now();
    const waits = [...this.#ends.values()].map((until) => Date.parse(until) - now);
    const first = Math.min(...waits.filter((ms) => ms > 0));
    if (first + EARLY_MS > TIMER_MAX_MS) return;
    this.#timer = setTimeout(() => {
      this.#onEnd();
      this.#awaitEnd();
    }, first + EARLY_MS);
  }
}
