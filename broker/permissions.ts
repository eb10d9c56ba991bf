import type { Client } from 'aedes';

/** Where only Parley's own parts may speak: a forged event would reach every reader. */
const OWN_TOPICS = /^chat\/(?:events|echo|presence)\//;
/** `$SYS` and whatever else begins with `$` is the broker's own. */
const BROKER_TOPICS = /^\$/;

/** Clients that gave the parts' password. */
const parts = new WeakSet<Client>();

/** Remembers that a client is one of Parley's parts. */
export function admitPart(client: Client): void {
  parts.add(client);
}

/** What keeps a client from publishing to a topic; undefined where it may. */
export function publishRefusal(client: Client, topic: string): Error | undefined {
  if (BROKER_TOPICS.test(topic)) return new Error(`${topic} is the broker's own`);
  if (OWN_TOPICS.test(topic) && !parts.has(client))
    return new Error(`${topic} is for Parley's parts`);
  return undefined;
}

/** What keeps a client from subscribing to a filter; undefined where it may. */
export function subscribeRefusal(filter: string): Error | undefined {
  return BROKER_TOPICS.test(filter) ? new Error(`${filter} is the broker's own`) : undefined;
}
