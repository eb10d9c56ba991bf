import { composedChannel } from '@parley/contract/channel.ts';
import { errorsTopic } from '@parley/contract/topic.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import type { Client, PublishPacket, Subscription } from 'aedes';
import { allows, PERMISSIONS, type Permissions } from './permissions.ts';

/** How the client ids of parts begin, so that nobody can take one over. */
const PART_CLIENT_ID = /^parley-/;
/** What a topic, or a filter without wildcards in these levels, says of its channel. */
const OF_CHANNEL = /^chat\/(?:events|presence|inbox)\/([^/#+]+)(?:\/|$)/;

const NONE: Permissions = { read: [], write: [] };

/** Clients that gave the parts' password. */
const parts = new WeakSet<Client>();
/** Clients that gave a token. */
const bearers = new WeakMap<Client, Identity>();

/** Clients that gave nothing, and were let in. */
const guests = new WeakSet<Client>();
/** Clients whose token no longer holds. */
const cut = new WeakSet<Client>();

/** Remembers that a client is one of Parley's parts. */
export function admitPart(client: Client): void {
  parts.add(client);
}

/** Remembers whose token a client gave. */
export function admitBearer(client: Client, identity: Identity): void {
  bearers.set(client, identity);
}

/** Remembers that a client was let in without a token. */
export function admitGuest(client: Client): void {
  guests.add(client);
}

/** Cuts a client off whose token no longer holds; its will is not published. */
export function cutOff(client: Client): void {
  cut.add(client);
  client.close();
}

/** Whether a client is one of Parley's parts. */
export function isPart(client: Client): boolean {
  return parts.has(client);
}

/** The token that a client gave, if it gave one. */
export function tokenOf(client: Client): string | undefined {
  return bearers.get(client)?.token;
}

/** What keeps out a client that is no part; undefined where nothing does. */
export function strangerRefusal(client: Pick<Client, 'id' | 'clean'>): string | undefined {
  if (PART_CLIENT_ID.test(client.id)) return "the client id is for Parley's parts";
  // The log is what lasts; a session kept in memory for anybody would grow without bound.
  return client.clean ? undefined : 'only parts have a lasting session';
}

/** Whether a client's id is that of a connected one with another's token, which it would push out. */
export function isAnothers(client: Client, subject: string | undefined): boolean {
  const { clients } = (client as Client & { broker: { clients: Record<string, Client> } }).broker;
  const there = clients[client.id];
  const owner = there && bearers.get(there)?.subject;
  return owner !== undefined && owner !== subject;
}

/** What keeps a client from publishing; undefined where it may. */
export function publishRefusal(
  client: Client,
  { topic, retain }: Pick<PublishPacket, 'topic' | 'retain'>,
): Error | undefined {
  if (cut.has(client)) return new Error('its token no longer holds');
  const may =
    allows(permissionsOf(client).write, topic) && ofOwnChannel(client, topic, 'mayPublish');
  if (!may) return new Error(`may not publish to ${topic}`);
  return retain && !parts.has(client) ? new Error('only parts may retain messages') : undefined;
}

/**
 * Whether a client may subscribe to a topic filter. One with wildcards is granted to the bearer of a
 * token, who then gets what `mayReceive` lets through.
 */
export function maySubscribe(client: Client, { topic }: Pick<Subscription, 'topic'>): boolean {
  if (ownErrors(client, topic)) return true;
  return allows(permissionsOf(client).read, topic) && ofOwnChannel(client, topic, 'maySubscribe');
}

/** Whether a message may go to a client, whatever it subscribed to. */
export function mayReceive(client: Client, topic: string): boolean {
  if (ownErrors(client, topic)) return true;
  return allows(permissionsOf(client).read, topic) && ofOwnChannel(client, topic, 'maySubscribe');
}

/** Aedes may handle what a client sent before it is known who that is. */
function isAdmitted(client: Client): boolean {
  return parts.has(client) || bearers.has(client) || guests.has(client);
}

/** Whether a topic is where the problems of this very client are told. */
function ownErrors(client: Client, topic: string): boolean {
  return isAdmitted(client) && errorsTopic(client.id) === topic;
}

function permissionsOf(client: Client): Permissions {
  if (!isAdmitted(client)) return NONE;
  return PERMISSIONS[parts.has(client) ? 'part' : 'guest'];
}

/** Whether the channel that a topic names, if it names one, is among those of the client's token. */
function ofOwnChannel(client: Client, topic: string, may: 'mayPublish' | 'maySubscribe'): boolean {
  // Where dots are escaped (MQTT_DOTS); no channel's name has a percent sign.
  const channel = OF_CHANNEL.exec(topic)?.[1]?.replaceAll('%2E', '.');
  return channel === undefined || (bearers.get(client)?.[may](composedChannel(channel)) ?? true);
}
