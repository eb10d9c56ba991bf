import type { Connection } from './connection.ts';

const TICK_MS = 1_000;

/**
 * Gives every connection a heartbeat in each period, a share of them each second rather than all at
 * once, and looks every second for readers that have stalled.
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

  /** Adds a connection; the answer takes it out again. */
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
