import { Readable } from 'node:stream';
import type { Aedes, PublishPacket } from 'aedes';
import { TopicTree } from './topic-tree.ts';

/** The two of aedes' memory that deal with retained messages; its types leave them out. */
interface RetainedMemory {
  storeRetained(packet: PublishPacket): Promise<void>;
  createRetainedStreamCombi(filters: readonly string[]): Readable;
}

/**
 * Has a new broker find retained messages by their topics. Its own memory looks at each of them for
 * every subscription, and presence retains one for each channel and broadcast.
 */
export function findRetainedByTopic(aedes: Aedes): void {
  const retained = new TopicTree<PublishPacket>();
  const memory: RetainedMemory = {
    /** Without payload it takes the topic's message away (MQTT-3.3.1-10). */
    async storeRetained(packet) {
      if (packet.payload.length === 0) retained.delete(packet.topic);
      else retained.set(packet.topic, { ...packet });
    },

    createRetainedStreamCombi(filters) {
      return Readable.from(filters.flatMap((filter) => [...retained.matching(filter)]));
    },
  };
  Object.assign((aedes as Aedes & { persistence: object }).persistence, memory);
}
