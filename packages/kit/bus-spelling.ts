import type { BusConfig } from './bus-settings.ts';

/** How a topic is written on a broker, and read (docs/decisions/0012-dots-in-topics.md). */
export interface Spelling {
  write(topic: string): string;
  read(topic: string): string;
}

const PLAIN: Spelling = { write: (topic) => topic, read: (topic) => topic };
const ESCAPED: Spelling = {
  write: (topic) => topic.replaceAll('.', '%2E'),
  read: (topic) => topic.replaceAll('%2E', '.'),
};

/** The spelling that MQTT_DOTS asks for. */
export function spellingFor({ mqttDots }: Pick<BusConfig, 'mqttDots'>): Spelling {
  return mqttDots === 'escaped' ? ESCAPED : PLAIN;
}
