import { composedChannel } from '@parley/contract/channels/channel.ts';
import { errorsTopic } from '@parley/contract/channels/topic.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import type { Client, PublishPacket, Subscription } from 'aedes';
import { allows, PERMISSIONS, type Permissions } from '../access/permissions.ts';

/**
 * How the client ids of Parley's services begin. Other clients may not use them, so that none can
 * take over a service's session.
 */
const PART_CLIENT_ID = /^parley-/;
/** Finds the channel of a topic, or of a filter without wildcards in these levels. */
const OF_CHANNEL = /^chat\/(?:events|presence|inbox)\/([^/#+]+)(?:\/|$)/;

const NONE: Permissions = { read: [], write: [] };

/** Clients that gave the password of Parley's services. */
const parts = new WeakSet<Client>();
/** Clients that gave a token. */
const bearers = new WeakMap<Client, Identity>();

/** Clients that were let in without a token. */
const guests = new WeakSet<Client>();
/** Clients whose token is no longer valid. */
const cut = new WeakSet<Client>();

/** Remembers that a client is one of Parley's services. */
export function admitPart(client: Client): void {
  parts.add(client);
}

/** Remembers the identity of a client's token. */
export function admitBearer(client: Client, identity: Identity): void {
  bearers.set(client, identity);
}

/** Remembers that a client was let in without a token. */
export function admitGuest(client: Client): void {
  guests.add(client);
}

/** Cuts off a client whose token is no longer valid; its will is not published. */
export function cutOff(client: Client): void {
  cut.add(client);
  client.close();
}

/** True for Parley's services. */
export function isPart(client: Client): boolean {
  return parts.has(client);
}

/** The token that a client gave, if it gave one. */
export function tokenOf(client: Client): string | undefined {
  return bearers.get(client)?.token;
}

/** Why a client other than Parley's services is refused; undefined when it is not. */
export function strangerRefusal(client: Pick<Client, 'id' | 'clean'>): string | undefined {
  if (PART_CLIENT_ID.test(client.id)) return "the client id is for Parley's services";
  // The log keeps the events; sessions kept in memory for any client would grow without bound.
  return client.clean ? undefined : "only Parley's services have a lasting session";
}

/**
 * True when a connected client with another subject's token has the same client id: this one would
 * push it out.
 */
export function isAnothers(client: Client, subject: string | undefined): boolean {
  const { clients } = (client as Client & { broker: { clients: Record<string, Client> } }).broker;
  const there = clients[client.id];
  const owner = there && bearers.get(there)?.subject;
  return owner !== undefined && owner !== subject;
}

/** Why a client may not publish; undefined when it may. */
export function publishRefusal(
  client: Client,
  { topic, retain }: Pick<PublishPacket, 'topic' | 'retain'>,
): Error | undefined {
  if (cut.has(client)) return new Error('its token is no longer valid');
  const may =
    allows(permissionsOf(client).write, topic) && ofOwnChannel(client, topic, 'mayPublish');
  if (!may) return new Error(`may not publish to ${topic}`);
  return retain && !parts.has(client)
    ? new Error("only Parley's services may retain messages")
    : undefined;
}

/**
 * True when a client may subscribe to a topic filter. A client with a token may use wildcards; it
 * then receives only what `mayReceive` allows.
 */
export function maySubscribe(client: Client, { topic }: Pick<Subscription, 'topic'>): boolean {
  if (ownErrors(client, topic)) return true;
  return allows(permissionsOf(client).read, topic) && ofOwnChannel(client, topic, 'maySubscribe');
}

/** True when a message on a topic may go to a client, independent of its filters. */
export function mayReceive(client: Client, topic: string): boolean {
  if (ownErrors(client, topic)) return true;
  return allows(permissionsOf(client).read, topic) && ofOwnChannel(client, topic, 'maySubscribe');
}

/** False before a client is let in: aedes may handle packets that it sends earlier. */
function isAdmitted(client: Client): boolean {
  return parts.has(client) || bearers.has(client) || guests.has(client);
}

/** True for the topic with this client's own problems. */
function ownErrors(client: Client, topic: string): boolean {
  return isAdmitted(client) && errorsTopic(client.id) === topic;
}

function permissionsOf(client: Client): Permissions {
  if (!isAdmitted(client)) return NONE;
  return PERMISSIONS[parts.has(client) ? 'part' : 'guest'];
}

/** True when a topic names no channel, or a channel that the client's token allows. */
function ofOwnChannel(client: Client, topic: string, may: 'mayPublish' | 'maySubscribe'): boolean {
  // Dots may be escaped (MQTT_DOTS); no channel's name has a percent sign.
  const channel = OF_CHANNEL.exec(topic)?.[1]?.replaceAll('%2E', '.');
  return channel === undefined || (bearers.get(client)?.[may](composedChannel(channel)) ?? true);
}
