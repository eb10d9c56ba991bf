import { INBOX_CLIENT_ID } from '@parley/contract/events/inbox.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Aedes, Client } from 'aedes';

/**
 * Limits for the messages, and their bytes, that wait for chat; above them devices have to wait.
 */
const WAITING_MAX = 1_000;
const WAITING_MAX_BYTES = 16_777_216;
/** How often to check whether there is space again. */
const CHECK_MS = 20;

/** The part of aedes' storage for lasting sessions that is used here. */
interface Persistence {
  outgoingEnqueueCombi(subscriptions: { clientId: string }[], packet: Packet): Promise<void>;
  outgoingClearMessageId(client: Session, packet: Packet): Promise<Packet | undefined>;
}

interface Session {
  id: string;
  clean: boolean;
}

interface Packet {
  payload: Buffer | string;
}

/** A message of a client that is not accepted yet. */
interface Held {
  client: Client;
  bytes: number;
}

/**
 * Limits the messages that wait in memory for chat. Above the limit, messages of devices are not
 * accepted: the sender gets no acknowledgement, and nothing more is read from it.
 */
export class InboxSpace {
  #waiting = 0;
  #waitingBytes = 0;
  /** Messages that were accepted a moment ago, and may not be counted in `#waiting` yet. */
  #accepted = 0;
  readonly #held = new Map<() => void, Held>();
  readonly #heldBytes = new WeakMap<Client, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(metrics: Metrics) {
    metrics.gauge({
      name: 'parley_broker_inbox_waiting',
      help: 'Messages of devices that wait for chat; at most 1000, and 16 MB.',
      collect: () => this.#waiting,
    });
  }

  /** Counts the messages that the broker keeps for chat. */
  attach({ persistence }: Aedes & { persistence?: unknown }): void {
    const store = persistence as Persistence;
    const enqueue = store.outgoingEnqueueCombi.bind(store);
    const clear = store.outgoingClearMessageId.bind(store);
    store.outgoingEnqueueCombi = (subscriptions, packet) => {
      const chats = subscriptions.filter(({ clientId }) => clientId === INBOX_CLIENT_ID).length;
      this.#waiting += chats;
      this.#waitingBytes += chats * packet.payload.length;
      return enqueue(subscriptions, packet);
    };
    store.outgoingClearMessageId = async (client, packet) => {
      // Nothing is kept for a client without a lasting session; aedes would keep an empty list for
      // each.
      if (client.clean) return undefined;
      const cleared = await clear(client, packet);
      if (cleared && client.id === INBOX_CLIENT_ID) {
        this.#waiting--;
        this.#waitingBytes -= cleared.payload?.length ?? 0;
      }
      return cleared;
    };
  }

  /** Bytes of a client's messages that wait for space. */
  heldBytes(client: Client): number {
    return this.#heldBytes.get(client) ?? 0;
  }

  /** Calls `accept` once there is space; never when the client has left by then. */
  enter(client: Client, bytes: number, accept: () => void): void {
    this.#checkLater();
    if (this.#held.size === 0 && this.#space > 0) {
      this.#accepted++;
      accept();
      return;
    }
    this.#held.set(accept, { client, bytes });
    this.#heldBytes.set(client, this.heldBytes(client) + bytes);
  }

  get #space(): number {
    if (this.#waitingBytes >= WAITING_MAX_BYTES) return 0;
    return Math.max(0, WAITING_MAX - this.#waiting - this.#accepted);
  }

  #checkLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#accepted = 0;
      this.#acceptNext();
      if (this.#held.size > 0) this.#checkLater();
    }, CHECK_MS).unref();
  }

  #acceptNext(): void {
    for (const [accept, { client }] of this.#held) if (client.closed) this.#release(accept);
    for (const accept of this.#held.keys().take(this.#space).toArray()) {
      this.#release(accept);
      this.#accepted++;
      accept();
    }
  }

  #release(accept: () => void): void {
    const { client, bytes } = this.#held.get(accept) as Held;
    this.#held.delete(accept);
    this.#heldBytes.set(client, this.heldBytes(client) - bytes);
  }
}
