import type { Connection } from './connection.ts';

const TICK_MS = 1_000;

/**
 * Sends every connection one heartbeat per period, to a share of them each second. Checks every
 * second for readers that have stalled.
 */
export class Heartbeats implements Disposable {
  readonly #shares: Set<Connection>[];
  readonly #timer: NodeJS.Timeout;
  #joined = 0;
  #ticks = 0;

  constructor(periodSeconds: number) {
    this.#shares = Array.from({ length: periodSeconds }, () => new Set());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Adds a connection; the returned function removes it. */
  add(connection: Connection): () => void {
    const share = this.#shares[this.#joined++ % this.#shares.length];
    share?.add(connection);
    return () => void share?.delete(connection);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    for (const share of this.#shares) {
      for (const connection of share) connection.checkStalled(now);
    }
    for (const connection of this.#shares[this.#ticks++ % this.#shares.length] ?? []) {
      connection.beat();
    }
  }
}
