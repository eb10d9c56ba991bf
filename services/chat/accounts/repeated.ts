import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@parley/kit/log/log.ts';

/** Does work at once and then again and again, with a pause between, until it is disposed of. */
export class Repeated implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  /** Failed work is tried again. Only the first of several failures in a row is logged. */
  constructor(
    work: () => Promise<void>,
    { restMs, name, log }: { restMs: number; name: string; log: Log },
  ) {
    this.#running = this.#run(work, { restMs, name, log });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(
    work: () => Promise<void>,
    { restMs, name, log }: { restMs: number; name: string; log: Log },
  ): Promise<void> {
    const { signal } = this.#stop;
    for (let failed = false; !signal.aborted; ) {
      try {
        await work();
        failed = false;
      } catch (error) {
        if (!failed) log.warn({ err: error }, `${name} failed; it is tried again`);
        failed = true;
      }
      await delay(restMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
