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
  readonly #packetIds = new Map<string, Set<number>>();

  /** Makes a new broker keep packet ids only; `added` is called when a client has one more. */
  attach(aedes: Aedes, added: (client: Client) => void): void {
    const packetIds = this.#packetIds;
    const incoming: Incoming = {
      async incomingStorePacket(client, { messageId }) {
        const known = packetIds.get(client.id) ?? new Set();
        packetIds.set(client.id, known.add(messageId));
        added(client as Client);
      },
      async incomingGetPacket({ id }, { messageId }) {
        if (packetIds.get(id)?.has(messageId)) return { messageId };
        throw new Error('no such message');
      },
      async incomingDelPacket({ id }, { messageId }) {
        const known = packetIds.get(id);
        known?.delete(messageId);
        if (known?.size === 0) packetIds.delete(id);
      },
      async cleanIncoming({ id }) {
        packetIds.delete(id);
      },
    };
    Object.assign((aedes as Aedes & { persistence: object }).persistence, incoming);
  }

  /** The number of such messages of a client. */
  count({ id }: Sender): number {
    return this.#packetIds.get(id)?.size ?? 0;
  }
}
