import type { BusConfig } from './bus-settings.ts';

/** Writes topics as a broker needs them, and reads them (docs/decisions/bus/0012-dots-in-topics.md). */
export interface Spelling {
  write(topic: string): string;
  read(topic: string): string;
}

const PLAIN: Spelling = { write: (topic) => topic, read: (topic) => topic };
const ESCAPED: Spelling = {
  write: (topic) => topic.replaceAll('.', '%2E'),
  read: (topic) => topic.replaceAll('%2E', '.'),
};

/** The spelling for the setting MQTT_DOTS. */
export function spellingFor({ mqttDots }: Pick<BusConfig, 'mqttDots'>): Spelling {
  return mqttDots === 'escaped' ? ESCAPED : PLAIN;
}
