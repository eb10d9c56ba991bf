/** What a failed statement says about its connection. */
export type Verdict =
  /** The failure is about the statement alone. */
  | 'usable'
  /** The connection must not be used again. */
  | 'broken'
  /** The server is not, or no longer, the primary, or it does not answer. */
  | 'wrong-server';

/** Failures that come closer together than this belong to one failover. */
const ONE_FAILOVER_MS = 1_000;

/**
 * Knows which connections of a pool may be used. After a failover the database's name leads to
 * another server, but connections to the old server stay open. When the server of one connection
 * answers that it is not the primary, or does not answer, none of the open connections is used
 * again. New connections look up the name again.
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

  /** Notes the verdict of a failed statement. */
  note(connection: C, verdict: Verdict): void {
    if (verdict === 'usable') return;
    this.#usable.delete(connection);
    if (verdict === 'broken' || performance.now() - this.#failedOverAt < ONE_FAILOVER_MS) return;
    this.#failedOverAt = performance.now();
    this.#usable = new WeakSet();
  }
}
