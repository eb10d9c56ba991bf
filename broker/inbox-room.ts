import { INBOX_CLIENT_ID } from '@parley/contract/inbox.ts';
import type { Aedes, Client } from 'aedes';

/** Messages that may wait for chat to take them in; beyond, devices have to. */
const WAITING_MAX = 1_000;
/** How often it is looked whether there is room again. */
const LOOK_MS = 20;

/** What aedes keeps for lasting sessions, as far as it matters here. */
interface Persistence {
  outgoingEnqueueCombi(subscriptions: { clientId: string }[], packet: object): Promise<void>;
  outgoingClearMessageId(client: { id: string }, packet: object): Promise<object | undefined>;
}

/**
 * Bounds what waits in memory for chat to take it in. While that is much, what devices say is not
 * accepted: its sender gets no acknowledgement and nothing more is read from it.
 */
export class InboxRoom {
  #waiting = 0;
  /** Those that were let through a moment ago, and may not be counted yet. */
  #passed = 0;
  readonly #held = new Map<() => void, Client>();
  #timer: NodeJS.Timeout | undefined;

  /** Counts what the broker keeps for the inbox. */
  follow({ persistence }: Aedes & { persistence?: unknown }): void {
    const kept = persistence as Persistence;
    const enqueue = kept.outgoingEnqueueCombi.bind(kept);
    const clear = kept.outgoingClearMessageId.bind(kept);
    kept.outgoingEnqueueCombi = (subscriptions, packet) => {
      this.#waiting += subscriptions.filter(({ clientId }) => clientId === INBOX_CLIENT_ID).length;
      return enqueue(subscriptions, packet);
    };
    kept.outgoingClearMessageId = async (client, packet) => {
      const cleared = await clear(client, packet);
      if (cleared && client.id === INBOX_CLIENT_ID) this.#waiting--;
      return cleared;
    };
  }

  /** Goes on once there is room; where the client has left by then, never. */
  enter(client: Client, goOn: () => void): void {
    this.#lookLater();
    if (this.#held.size === 0 && this.#room > 0) {
      this.#passed++;
      goOn();
      return;
    }
    this.#held.set(goOn, client);
  }

  get #room(): number {
    return Math.max(0, WAITING_MAX - this.#waiting - this.#passed);
  }

  #lookLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#passed = 0;
      this.#letGo();
      if (this.#held.size > 0) this.#lookLater();
    }, LOOK_MS).unref();
  }

  #letGo(): void {
    for (const [goOn, client] of this.#held) if (client.closed) this.#held.delete(goOn);
    for (const goOn of this.#held.keys().take(this.#room).toArray()) {
      this.#held.delete(goOn);
      this.#passed++;
      goOn();
    }
  }
}
