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
