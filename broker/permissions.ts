import type { Client, PublishPacket, Subscription } from 'aedes';

/** What a guest may read. */
const READABLE = /^chat\/(?:events|presence)\/[^$]/;
/** Where a guest may speak: a channel's inbox. */
const WRITABLE = /^chat\/inbox\/[^/]+$/;
/** Where parts hear their own voices; nobody else needs to know their names. */
const ECHO = /^chat\/echo\//;
/** How the client ids of parts begin, so that nobody can take one over. */
const PART_CLIENT_ID = /^parley-/;

/** Clients that gave the parts' password. */
const parts = new WeakSet<Client>();

/** Remembers that a client is one of Parley's parts, which may do everything. */
export function admitPart(client: Client): void {
  parts.add(client);
}

/** What keeps a guest out; undefined where nothing does. */
export function guestRefusal(client: Pick<Client, 'id' | 'clean'>): string | undefined {
  if (PART_CLIENT_ID.test(client.id)) return "the client id is for Parley's parts";
  // The log is what lasts; a session kept in memory for a guest would grow without bound.
  return client.clean ? undefined : 'guests have no lasting session';
}

/** What keeps a client from publishing; undefined where it may. A forged event would reach every reader. */
export function publishRefusal(
  client: Client,
  { topic, retain }: Pick<PublishPacket, 'topic' | 'retain'>,
): Error | undefined {
  if (parts.has(client)) return undefined;
  if (!WRITABLE.test(topic)) return new Error(`guests may not publish to ${topic}`);
  return retain ? new Error('guests may not retain messages') : undefined;
}

/** Whether a client may subscribe to a topic filter. */
export function maySubscribe(client: Client, { topic }: Pick<Subscription, 'topic'>): boolean {
  return parts.has(client) ? !topic.startsWith('$') : READABLE.test(topic);
}

/** Whether a message may go to a client, whatever it subscribed to. */
export function mayReceive(client: Client, topic: string): boolean {
  return parts.has(client) || !ECHO.test(topic);
}
