import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@parley/kit/log.ts';

/** Work that is done at once and then over and over, with a rest between, until it is disposed of. */
export class Repeated implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  /** Work that fails is logged, the first time in a row, and tried again. */
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
