import { atExpiry } from '@parley/kit/tokens/at-expiry.ts';
import type { EndedSessions } from '@parley/kit/tokens/ended-sessions.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import type { Client } from 'aedes';
import type { Clients } from './clients.ts';

/** Cuts clients off when the token that let them in expires, or its session ends. */
export class TokenEnds {
  readonly #clients: Pick<Clients, 'cutOff'>;
  /** Clients whose session may end before their token expires. */
  readonly #sessions = new Map<Client, string>();

  constructor(clients: Pick<Clients, 'cutOff'>, ended: EndedSessions) {
    this.#clients = clients;
    ended.onEnd((sid) => this.#endSession(sid));
  }

  /** Watches a client until it has left. */
  watch(client: Client, { expiresAt, session }: Identity): void {
    const expiry = atExpiry(expiresAt, () => this.#clients.cutOff(client));
    if (session !== undefined) this.#sessions.set(client, session);
    client.conn.once('close', () => {
      clearTimeout(expiry);
      this.#sessions.delete(client);
    });
  }

  #endSession(sid: string): void {
    for (const [client, session] of this.#sessions) {
      if (session === sid) this.#clients.cutOff(client);
    }
  }
}
