import { type InstancePresence, NAMES_MAX } from '@parley/contract/channels/presence.ts';
import { periodMs } from './announcer.ts';

/** How often an instance publishes its presence again. */
export const RENEW_MS = 15_000;
/** A presence that is not renewed for this time is dropped: three periods. */
export const STALE_MS = 3 * RENEW_MS;

/** The readers of a channel on this instance, and when to publish them to the other instances. */
export class OwnReaders {
  readonly #names = new Map<string, number>();
  #guests = 0;
  #publishedAt = Number.NEGATIVE_INFINITY;
  #unpublished = false;

  get count(): number {
    return this.#names.size + this.#guests;
  }

  /** When to publish: soon after a change, and at each renewal. */
  get dueAt(): number {
    if (this.#unpublished) return this.#publishedAt + periodMs(this.count);
    return this.count > 0 ? this.#publishedAt + RENEW_MS : Number.POSITIVE_INFINITY;
  }

  enter(name: string | undefined): void {
    this.#unpublished = true;
    if (name === undefined) this.#guests++;
    else this.#names.set(name, (this.#names.get(name) ?? 0) + 1);
  }

  leave(name: string | undefined): void {
    this.#unpublished = true;
    if (name === undefined) {
      this.#guests--;
      return;
    }
    const times = (this.#names.get(name) ?? 0) - 1;
    if (times > 0) this.#names.set(name, times);
    else this.#names.delete(name);
  }

  /** Makes a publish due although nothing may have changed. */
  publishAgain(): void {
    this.#unpublished = true;
  }

  /** The presence to publish now; the next renewal counts from here. */
  next(channel: string, nowMs: number): InstancePresence {
    this.#publishedAt = nowMs;
    this.#unpublished = false;
    const names = this.#names.keys().take(NAMES_MAX).toArray();
    return {
      channel,
      names,
      named: this.#names.size,
      guests: this.#guests,
      at: new Date().toISOString(),
      staleAfterSeconds: STALE_MS / 1000,
    };
  }
}
