import { randomBytes } from 'node:crypto';
import { instanceTopic } from '@parley/contract/channels/topic.ts';
import type { BusWill } from '@parley/kit/bus/client.ts';

/**
 * Makes a name for this instance on the bus: new at each start, and hexadecimal so that it is safe
 * in a topic.
 */
export function nameInstance(): string {
  return randomBytes(6).toString('hex');
}

/** The MQTT will that the broker publishes when the instance vanishes without a DISCONNECT. */
export function willOf(instance: string): BusWill {
  return { topic: instanceTopic(instance), payload: 'gone' };
}
