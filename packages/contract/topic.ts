/** Where a channel's events are published, QoS 1 (DESIGN, MQTT). */
export function eventsTopic(channel: string): string {
  return `chat/events/${channel}`;
}

/** Where a part hears its own voice, so that it knows that the bus carries messages and how fast. */
export function echoTopic(clientId: string): string {
  return `chat/echo/${clientId}`;
}
