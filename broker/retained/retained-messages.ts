import { Readable } from 'node:stream';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Aedes, PublishPacket } from 'aedes';
import { TopicTree } from './topic-tree.ts';

/** The two methods of aedes' memory for retained messages; its types leave them out. */
interface RetainedMemory {
  storeRetained(packet: PublishPacket): Promise<void>;
  createRetainedStreamCombi(filters: readonly string[]): Readable;
}

/** Bytes of retained messages, with their topics: a presence has less than 1 KB. */
const RETAINED_MAX_BYTES = 67_108_864;

/**
 * Makes a new broker find retained messages by their topics. Aedes' own memory checks each of them
 * for every subscription, and presence retains one for each channel and broadcast instance. A
 * message without space is delivered but not retained.
 */
export function findRetainedByTopic(aedes: Aedes, metrics: Metrics): void {
  const retained = new TopicTree<PublishPacket>();
  const sizes = new Map<string, number>();
  let bytes = 0;
  const forget = (topic: string) => {
    bytes -= sizes.get(topic) ?? 0;
    sizes.delete(topic);
    retained.delete(topic);
  };
  const memory: RetainedMemory = {
    /** A packet without payload removes the topic's message (MQTT-3.3.1-10). */
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
  Object.assign(memoryOf(aedes), memory);
  metrics.gauge({
    name: 'parley_broker_retained_bytes',
    help: `Bytes of retained messages; at most ${RETAINED_MAX_BYTES}.`,
    collect: () => bytes,
  });
}

/** The retained messages with topics that match a filter, for a subscription inside this process. */
export function retainedOf(aedes: Aedes, filter: string): AsyncIterable<PublishPacket> {
  return memoryOf(aedes).createRetainedStreamCombi([filter]);
}

function memoryOf(aedes: Aedes): RetainedMemory {
  return (aedes as Aedes & { persistence: RetainedMemory }).persistence;
}

/** Finds messages one by one, so that a client that reads slowly needs no list of them. */
function* matchingAny<T>(retained: TopicTree<T>, filters: readonly string[]): Generator<T> {
  for (const filter of filters) yield* retained.matching(filter);
}
