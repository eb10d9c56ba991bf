import { type RetryBounds, retryDelayMs } from './retry-delay.ts';

/** A timer for one action: runs it after a delay, or again after growing delays while it fails. */
export class RetryTimer {
  readonly #bounds: RetryBounds;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;

  constructor(bounds: RetryBounds) {
    this.#bounds = bounds;
  }

  /** Runs `act` after `delayMs`, in place of an action that was planned before. */
  after(delayMs: number, act: () => void): void {
    this.stop();
    this.#timer = setTimeout(act, delayMs);
  }

  /** Runs `act` after one more failure. */
  again(act: () => void): void {
    this.after(retryDelayMs(this.#attempt, this.#bounds), act);
    this.#attempt += 1;
  }

  /** Resets the growing delays. */
  succeeded(): void {
    this.#attempt = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
