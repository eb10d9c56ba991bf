import type { Client, PublishPacket, Subscription } from 'aedes';
import { allows, PERMISSIONS, type Permissions } from './permissions.ts';

/** How the client ids of parts begin, so that nobody can take one over. */
const PART_CLIENT_ID = /^parley-/;

/** Clients that gave the parts' password. */
const parts = new WeakSet<Client>();

/** Remembers that a client is one of Parley's parts. */
export function admitPart(client: Client): void {
  parts.add(client);
}

/** What keeps a guest out; undefined where nothing does. */
export function guestRefusal(client: Pick<Client, 'id' | 'clean'>): string | undefined {
  if (PART_CLIENT_ID.test(client.id)) return "the client id is for Parley's parts";
  // The log is what lasts; a session kept in memory for a guest would grow without bound.
  return client.clean ? undefined : 'guests have no lasting session';
}

/** What keeps a client from publishing; undefined where it may. */
export function publishRefusal(
  client: Client,
  { topic, retain }: Pick<PublishPacket, 'topic' | 'retain'>,
): Error | undefined {
  if (!allows(permissionsOf(client).write, topic)) return new Error(`may not publish to ${topic}`);
  return retain && !parts.has(client) ? new Error('guests may not retain messages') : undefined;
}

/** Whether a client may subscribe to a topic filter. */
export function maySubscribe(client: Client, { topic }: Pick<Subscription, 'topic'>): boolean {
  return allows(permissionsOf(client).read, topic);
}

/** Whether a message may go to a client, whatever it subscribed to. */
export function mayReceive(client: Client, topic: string): boolean {
  return allows(permissionsOf(client).read, topic);
}

function permissionsOf(client: Client): Permissions {
  return PERMISSIONS[parts.has(client) ? 'part' : 'guest'];
}
