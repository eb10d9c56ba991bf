import type { Duplex } from 'node:stream';
import { clientKey } from '@parley/kit/limits/client-key.ts';
import { openCounts } from '@parley/kit/limits/open-counts.ts';

/** The open connections of one broker, with a limit for each address. */
export class Connections {
  readonly #open = new Set<Duplex>();
  readonly #counts: ReturnType<typeof openCounts>;

  /** 0: no limit. */
  constructor(maxPerAddress: number) {
    this.#counts = openCounts(maxPerAddress);
  }

  /** Adds a new connection until it closes; destroys it when its address has too many. */
  add(connection: Duplex, address: string | undefined): void {
    const key = clientKey(address);
    if (this.#counts?.isFull(key)) return void connection.destroy();
    this.#open.add(connection);
    const leave = this.#counts?.enter(key);
    connection.once('close', () => {
      this.#open.delete(connection);
      leave?.();
    });
  }

  destroyAll(): void {
    for (const connection of this.#open) connection.destroy();
  }
}
