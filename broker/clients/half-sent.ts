import type { Aedes, Client } from 'aedes';

type Sender = Pick<Client, 'id'>;
interface Numbered {
  messageId: number;
}

/**
 * The methods by which aedes keeps messages of QoS 2 until their PUBREL; its types leave them out.
 */
interface Incoming {
  incomingStorePacket(client: Sender, packet: Numbered): Promise<void>;
  incomingGetPacket(client: Sender, packet: Numbered): Promise<Numbered>;
  incomingDelPacket(client: Sender, packet: Numbered): Promise<void>;
  cleanIncoming(client: Sender): Promise<void>;
}

/**
 * Messages of QoS 2 whose PUBREL has not arrived. They are already delivered, so their packet ids
 * are enough to recognize a repeat [MQTT-4.3.3-2]; aedes would keep the messages.
 */
export class HalfSent {
  readonly #numbers = new Map<string, Set<number>>();

  /** Makes a new broker keep packet ids only; `noted` is called when a client has one more. */
  follow(aedes: Aedes, noted: (client: Client) => void): void {
    const numbers = this.#numbers;
    const incoming: Incoming = {
      async incomingStorePacket(client, { messageId }) {
        const kept = numbers.get(client.id) ?? new Set();
        numbers.set(client.id, kept.add(messageId));
        noted(client as Client);
      },
      async incomingGetPacket({ id }, { messageId }) {
        if (numbers.get(id)?.has(messageId)) return { messageId };
        throw new Error('no such message');
      },
      async incomingDelPacket({ id }, { messageId }) {
        const kept = numbers.get(id);
        kept?.delete(messageId);
        if (kept?.size === 0) numbers.delete(id);
      },
      async cleanIncoming({ id }) {
        numbers.delete(id);
      },
    };
    Object.assign((aedes as Aedes & { persistence: object }).persistence, incoming);
  }

  /** The number of such messages of a client. */
  count({ id }: Sender): number {
    return this.#numbers.get(id)?.size ?? 0;
  }
}
