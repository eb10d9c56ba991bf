/** Where a channel's events are published, QoS 1 (DESIGN, MQTT). */
export function eventsTopic(channel: string): string {
  return `chat/events/${channel}`;
}

/** Where a part hears its own voice, so that it knows that the bus carries messages and how fast. */
export function echoTopic(clientId: string): string {
  return `chat/echo/${clientId}`;
}

/** Where a broadcast instance hears that streams of its readers are renewed: `{stream, token}`. For parts alone. */
export function renewalsTopic(instance: string): string {
  return `chat/renewals/${instance}`;
}

/** Where parts hear that a session has ended: `{sid, until}`, after which no token of it is left. For parts alone. */
export const ENDED_SESSIONS_TOPIC = 'chat/sessions/ended';

/** Where a broadcast instance says who reads a channel there, retained (DESIGN, MQTT); `+` for all instances. */
export function presenceTopic(channel: string, instance: string): string {
  return `chat/presence/${channel}/${instance}`;
}

/** Where the broker says that a broadcast instance is gone, by its will; `+` for all instances. For parts alone. */
export function instanceTopic(instance: string): string {
  return `chat/instances/${instance}`;
}

/** Where devices speak, in every channel. */
export const INBOX_TOPICS = 'chat/inbox/+';

/** Where a device speaks in a channel. */
export function inboxTopic(channel: string): string {
  return `chat/inbox/${channel}`;
}

/** An MQTT client id that may stand as one level of a topic: neither wildcards nor levels. */
const LEVEL = /^[^/+#$\p{Cc}][^/+#\p{Cc}]{0,127}$/u;

/** Where a device hears of the problems with what it said; undefined where its id is no level of a topic. */
export function errorsTopic(clientId: string): string | undefined {
  return LEVEL.test(clientId) && clientId.isWellFormed() ? `chat/errors/${clientId}` : undefined;
}
