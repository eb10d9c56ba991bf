const KEPT = 1_000;

/**
 * Instances whose will was received. The broker may still retain their presence in channels that no
 * instance was subscribed to at that time. An instance is back only when it publishes itself.
 */
export class GoneInstances {
  readonly #gone = new Set<string>();

  add(instance: string): void {
    this.#gone.add(instance);
    const [oldest] = this.#gone;
    if (this.#gone.size > KEPT && oldest !== undefined) this.#gone.delete(oldest);
  }

  /** True when the message is only a retained one of a gone instance. */
  isStraggler({ instance, retained }: { instance: string; retained: boolean }): boolean {
    if (!this.#gone.has(instance)) return false;
    if (!retained) this.#gone.delete(instance);
    return retained;
  }
}
