import { type Client, connect } from '@parley/client';
import type { Session } from '../account/session.ts';

/** Gives the present client, which changes with the visitor's identity. */
export type ClientSource = Pick<Connection, 'snapshot' | 'subscribe'>;

/**
 * The page's connection to Parley, by the client library. All tabs share one stream. A change of the
 * visitor's identity makes a new client.
 */
export class Connection {
  readonly #session: Session;
  readonly #url: string;
  readonly #listeners = new Set<() => void>();
  #client: Client;
  #identity: number;

  constructor(session: Session, url: string) {
    this.#session = session;
    this.#url = url;
    this.#client = this.#connect();
    this.#identity = session.identity;
    session.subscribe(() => this.#follow());
  }

  /** The present client. */
  readonly snapshot = (): Client => this.#client;

  /** Calls the listener after each change of the client; returns a function that unsubscribes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #connect(): Client {
    const client = connect(this.#url, { renew: () => this.#session.recover() });
    client.on('hello', ({ stream }) => this.#session.holdStream(stream));
    return client;
  }

  #follow(): void {
    if (this.#identity === this.#session.identity) return;
    this.#identity = this.#session.identity;
    const before = this.#client;
    this.#session.holdStream(undefined);
    this.#client = this.#connect();
    for (const listener of this.#listeners) listener();
    before.close();
  }
}
