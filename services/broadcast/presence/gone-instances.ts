const KEPT = 1_000;

/**
 * Instances whose will was heard. What such a one said may still lie at the broker, in channels that
 * nobody listened to when it went; only where it speaks up itself is it back.
 */
export class GoneInstances {
  readonly #gone = new Set<string>();

  add(instance: string): void {
    this.#gone.add(instance);
    const [oldest] = this.#gone;
    if (this.#gone.size > KEPT && oldest !== undefined) this.#gone.delete(oldest);
  }

  /** Whether a message is only what a gone instance left behind. */
  isStraggler({ instance, retained }: { instance: string; retained: boolean }): boolean {
    if (!this.#gone.has(instance)) return false;
    if (!retained) this.#gone.delete(instance);
    return retained;
  }
}
