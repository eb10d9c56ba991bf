import { backoffMs, type RetryBounds } from '@parley/client/pause';

/** The longest delay of `setTimeout`. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/** A timer for one action: runs it after a delay, or again after growing delays while it fails. */
export class RetryTimer {
  readonly #bounds: RetryBounds;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 1;

  constructor(bounds: RetryBounds) {
    this.#bounds = bounds;
  }

  /** True while an action is planned. */
  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  /** Runs `act` after `delayMs`, in place of an action that was planned before. */
  after(delayMs: number, act: () => void): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      act();
    }, delayMs);
  }

  /** Runs `act` after one more failure. */
  again(act: () => void): void {
    this.after(backoffMs(this.#attempt++, this.#bounds), act);
  }

  /** Resets the growing delays. */
  succeeded(): void {
    this.#attempt = 1;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
