/** What a failed statement says about its connection. */
export type Verdict =
  /** The failure is about the statement alone. */
  | 'usable'
  /** The connection is not to be used again. */
  | 'broken'
  /** The server is not, or no longer, the primary, or it does not answer. */
  | 'wrong-server';

/** Two answers of one failover come closer together than this. */
const ONE_FAILOVER_MS = 1_000;

/**
 * Which connections of a pool may be used. After a failover the name of the database leads to
 * another server, and the connections to the old one last: the first whose server answers that it
 * is not the primary, or does not answer, takes all of them out of use. New ones are made by name.
 */
export class UsableConnections<C extends object> {
  #usable = new WeakSet<C>();
  #failedOverAt = Number.NEGATIVE_INFINITY;

  add(connection: C): void {
    this.#usable.add(connection);
  }

  has(connection: C): boolean {
    return this.#usable.has(connection);
  }

  /** Learns what a failed statement says about its connection. */
  note(connection: C, verdict: Verdict): void {
    if (verdict === 'usable') return;
    this.#usable.delete(connection);
    if (verdict === 'broken' || performance.now() - this.#failedOverAt < ONE_FAILOVER_MS) return;
    this.#failedOverAt = performance.now();
    this.#usable = new WeakSet();
  }
}
