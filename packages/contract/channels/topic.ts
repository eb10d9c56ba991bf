/**
 * The two sides of a channel's name. Members of a private channel see its private side. All others
 * see the public side, which has nothing of a private channel
 * (docs/decisions/chat/0064-private-channels.md).
 */
export type Side = 'public' | 'private';

/** A text for one side of a channel's name; no name has a slash. */
export function sideKey(channel: string, side: Side): string {
  return side === 'private' ? `${channel}/private` : channel;
}

/** Only services may read what is below it. */
const PRIVATE_TOPICS = 'chat/private';

const rootOf = (side: Side) => (side === 'private' ? PRIVATE_TOPICS : 'chat');

/** Topic on which chat announces changes of private channels: an `AccessNotice`. Only for services. */
export const ACCESS_TOPIC = `${PRIVATE_TOPICS}/changes`;

/**
 * Topic on which chat announces read positions that have moved forward, QoS 0: a `ReadNotice`. Only
 * for services.
 */
export const READ_POSITIONS_TOPIC = `${PRIVATE_TOPICS}/read-positions`;

/** Topic on which chat announces changed mutes, QoS 0: a `MuteNotice`. Only for services. */
export const MUTES_TOPIC = `${PRIVATE_TOPICS}/mutes`;

/** Where a channel's events are published, QoS 1 (docs/design.md, MQTT). */
export function eventsTopic(channel: string, side: Side = 'public'): string {
  return `${rootOf(side)}/events/${channel}`;
}

/**
 * Topic on which a broker says, retained, that a message on an events topic may have several events, one
 * a line: it hands them one by one to the clients that do not subscribe to this topic. Only for services.
 */
export const GROUPS_TOPIC = 'chat/broker/groups';

/** Where a channel's signals are published, QoS 0. */
export function signalsTopic(channel: string, side: Side = 'public'): string {
  return `${rootOf(side)}/signals/${channel}`;
}

/**
 * Topic on which a service receives its own messages: they prove that the bus works, and how fast.
 */
export function echoTopic(clientId: string): string {
  return `chat/echo/${clientId}`;
}

/**
 * Topic of renewals for the readers of a broadcast instance: `{stream, token}`. Only for services.
 */
export function renewalsTopic(instance: string): string {
  return `chat/renewals/${instance}`;
}

/**
 * Topic of ended sessions: `{sid, until}`; after `until` all tokens of the session have expired.
 * Only for services.
 */
export const ENDED_SESSIONS_TOPIC = 'chat/sessions/ended';

/**
 * Topic on which a broadcast instance reports its readers of a channel, retained (docs/design.md, MQTT);
 * `+` for all instances.
 */
export function presenceTopic(channel: string, instance: string, side: Side = 'public'): string {
  return `${rootOf(side)}/presence/${channel}/${instance}`;
}

/**
 * Topic of a broadcast instance's will: the broker publishes it when the instance is gone; `+` for
 * all instances. Only for services.
 */
export function instanceTopic(instance: string): string {
  return `chat/instances/${instance}`;
}

/** Filter for the inboxes of all channels. */
export const INBOX_TOPICS = 'chat/inbox/+';

/** Topic on which a device posts in a channel. */
export function inboxTopic(channel: string): string {
  return `chat/inbox/${channel}`;
}

/** An MQTT client id that can be one level of a topic: without wildcards and slashes. */
const LEVEL = /^[^/+#$\p{Cc}][^/+#\p{Cc}]{0,127}$/u;

/**
 * Topic on which a device receives the problems of its messages; undefined where its id cannot be a
 * level of a topic.
 */
export function errorsTopic(clientId: string): string | undefined {
  return LEVEL.test(clientId) && clientId.isWellFormed() ? `chat/errors/${clientId}` : undefined;
}
