import { Readable } from 'node:stream';
import type { Aedes, PublishPacket } from 'aedes';
import { TopicTree } from './topic-tree.ts';

/** The two of aedes' memory that deal with retained messages; its types leave them out. */
interface RetainedMemory {
  storeRetained(packet: PublishPacket): Promise<void>;
  createRetainedStreamCombi(filters: readonly string[]): Readable;
}

/** Bytes of retained messages, with their topics: a presence has less than 1 KB. */
const RETAINED_MAX_BYTES = 67_108_864;

/**
 * Has a new broker find retained messages by their topics. Its own memory looks at each of them for
 * every subscription, and presence retains one for each channel and broadcast. One for which there is
 * no room is passed on and not retained. Returns how many bytes are retained.
 */
export function findRetainedByTopic(aedes: Aedes): () => number {
  const retained = new TopicTree<PublishPacket>();
  const sizes = new Map<string, number>();
  let bytes = 0;
  const forget = (topic: string) => {
    bytes -= sizes.get(topic) ?? 0;
    sizes.delete(topic);
    retained.delete(topic);
  };
  const memory: RetainedMemory = {
    /** Without payload it takes the topic's message away (MQTT-3.3.1-10). */
    async storeRetained(packet) {
      const { topic, payload } = packet;
      forget(topic);
      const size = topic.length + payload.length;
      if (payload.length === 0 || bytes + size > RETAINED_MAX_BYTES) return;
      bytes += size;
      sizes.set(topic, size);
      retained.set(topic, { ...packet });
    },

    createRetainedStreamCombi(filters) {
      return Readable.from(matchingAny(retained, filters));
    },
  };
  Object.assign((aedes as Aedes & { persistence: object }).persistence, memory);
  return () => bytes;
}

/** Found one by one, so that a client that reads slowly makes no list of them. */
function* matchingAny<T>(retained: TopicTree<T>, filters: readonly string[]): Generator<T> {
  for (const filter of filters) yield* retained.matching(filter);
}
