import type { Client } from 'aedes';

/** Clients other than Parley's services; further ones are refused. */
const CLIENTS_MAX = 10_000;
/** Connections that are not let in yet; with more, the oldest is cut. */
const PENDING_MAX = 2_000;

/** The connections of one broker: those that wait to be let in, and those that are let in. */
export class Arrivals {
  /** In order of arrival. */
  readonly #pending = new Set<Client>();
  readonly #letIn = new Set<Client>();

  /** True when no further client is let in, Parley's services excepted. */
  get isFull(): boolean {
    return this.#letIn.size >= CLIENTS_MAX;
  }

  /** Adds a new connection. */
  add(client: Client): void {
    this.#pending.add(client);
    const [oldest] = this.#pending;
    if (oldest && this.#pending.size > PENDING_MAX) oldest.conn.destroy();
  }

  /** Lets a client in, unless it has left. What the client has sent meanwhile is read next. */
  letIn(client: Client): void {
    this.#pending.delete(client);
    if (client.closed) return;
    this.#letIn.add(client);
    setImmediate(() => client.conn.emit('readable'));
  }

  isLetIn(client: Client): boolean {
    return this.#letIn.has(client);
  }

  remove(client: Client): void {
    this.#letIn.delete(client);
    this.#pending.delete(client);
  }
}
