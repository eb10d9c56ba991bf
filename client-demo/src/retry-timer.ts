import { type RetryBounds, retryDelayMs } from './retry-delay.ts';

/** Does one thing at a time: after a while, or again ever later for as long as nobody answers. */
export class RetryTimer {
  readonly #bounds: RetryBounds;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;

  constructor(bounds: RetryBounds) {
    this.#bounds = bounds;
  }

  /** Does it after so long, instead of whatever was planned. */
  after(delayMs: number, act: () => void): void {
    this.stop();
    this.#timer = setTimeout(act, delayMs);
  }

  /** Does it after one more failure. */
  again(act: () => void): void {
    this.after(retryDelayMs(this.#attempt, this.#bounds), act);
    this.#attempt += 1;
  }

  /** The next failure is the first again. */
  succeeded(): void {
    this.#attempt = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
