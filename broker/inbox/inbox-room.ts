import { INBOX_CLIENT_ID } from '@parley/contract/events/inbox.ts';
import type { Aedes, Client } from 'aedes';

/**
 * Limits for the messages, and their bytes, that wait for chat; above them devices have to wait.
 */
const WAITING_MAX = 1_000;
const WAITING_MAX_BYTES = 16_777_216;
/** How often to check whether there is room again. */
const LOOK_MS = 20;

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
export class InboxRoom {
  #waiting = 0;
  #waitingBytes = 0;
  /** Messages that passed a moment ago, and may not be counted in `#waiting` yet. */
  #passed = 0;
  readonly #held = new Map<() => void, Held>();
  readonly #heldBytes = new WeakMap<Client, number>();
  #timer: NodeJS.Timeout | undefined;

  /** Counts the messages that the broker keeps for chat. */
  follow({ persistence }: Aedes & { persistence?: unknown }): void {
    const kept = persistence as Persistence;
    const enqueue = kept.outgoingEnqueueCombi.bind(kept);
    const clear = kept.outgoingClearMessageId.bind(kept);
    kept.outgoingEnqueueCombi = (subscriptions, packet) => {
      const chats = subscriptions.filter(({ clientId }) => clientId === INBOX_CLIENT_ID).length;
      this.#waiting += chats;
      this.#waitingBytes += chats * packet.payload.length;
      return enqueue(subscriptions, packet);
    };
    kept.outgoingClearMessageId = async (client, packet) => {
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

  /** Messages that wait for chat. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Bytes of a client's messages that wait for room. */
  heldBytes(client: Client): number {
    return this.#heldBytes.get(client) ?? 0;
  }

  /** Calls `goOn` once there is room; never when the client has left by then. */
  enter(client: Client, bytes: number, goOn: () => void): void {
    this.#lookLater();
    if (this.#held.size === 0 && this.#room > 0) {
      this.#passed++;
      goOn();
      return;
    }
    this.#held.set(goOn, { client, bytes });
    this.#heldBytes.set(client, this.heldBytes(client) + bytes);
  }

  get #room(): number {
    if (this.#waitingBytes >= WAITING_MAX_BYTES) return 0;
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
    for (const [goOn, { client }] of this.#held) if (client.closed) this.#release(goOn);
    for (const goOn of this.#held.keys().take(this.#room).toArray()) {
      this.#release(goOn);
      this.#passed++;
      goOn();
    }
  }

  #release(goOn: () => void): void {
    const { client, bytes } = this.#held.get(goOn) as Held;
    this.#held.delete(goOn);
    this.#heldBytes.set(client, this.heldBytes(client) - bytes);
  }
}
