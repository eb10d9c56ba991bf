import { randomBytes } from 'node:crypto';
import { instanceTopic } from '@parley/contract/topic.ts';
import type { BusWill } from '@parley/kit/bus-client.ts';

/** Names a broadcast instance on the bus: new at each start, without anything that a topic would mind. */
export function nameInstance(): string {
  return randomBytes(6).toString('hex');
}

/** What the broker says of an instance that is gone without a farewell. */
export function willOf(instance: string): BusWill {
  return { topic: instanceTopic(instance), payload: 'gone' };
}
