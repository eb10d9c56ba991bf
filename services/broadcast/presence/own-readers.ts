import { type InstancePresence, NAMES_MAX } from '@parley/contract/presence.ts';
import { periodMs } from './announcer.ts';

/** How often an instance says again who reads there. */
export const RENEW_MS = 15_000;
/** What was not renewed for so long is forgotten: three periods. */
export const STALE_MS = 3 * RENEW_MS;

/** The readers of a channel on this instance, and when that is to be said to the others. */
export class OwnReaders {
  readonly #names = new Map<string, number>();
  #guests = 0;
  #saidAt = Number.NEGATIVE_INFINITY;
  #unsaid = false;

  get count(): number {
    return this.#names.size + this.#guests;
  }

  /** When it is to be said: soon after a change, and again now and then. */
  get dueAt(): number {
    if (this.#unsaid) return this.#saidAt + periodMs(this.count);
    return this.count > 0 ? this.#saidAt + RENEW_MS : Number.POSITIVE_INFINITY;
  }

  enter(name: string | undefined): void {
    this.#unsaid = true;
    if (name === undefined) this.#guests++;
    else this.#names.set(name, (this.#names.get(name) ?? 0) + 1);
  }

  leave(name: string | undefined): void {
    this.#unsaid = true;
    if (name === undefined) {
      this.#guests--;
      return;
    }
    const times = (this.#names.get(name) ?? 0) - 1;
    if (times > 0) this.#names.set(name, times);
    else this.#names.delete(name);
  }

  /** Asks for it to be said again, though nothing may have changed. */
  sayAgain(): void {
    this.#unsaid = true;
  }

  /** What is to be said, as said now. */
  say(channel: string, nowMs: number): InstancePresence {
    this.#saidAt = nowMs;
    this.#unsaid = false;
    const names = this.#names.keys().take(NAMES_MAX).toArray();
    return {
      ...{ channel, names, named: this.#names.size, guests: this.#guests },
      ...{ at: new Date().toISOString(), staleAfterSeconds: STALE_MS / 1000 },
    };
  }
}
