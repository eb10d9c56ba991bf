import type { BusConfig } from './bus-settings.ts';

/** How a topic is written on this broker (docs/decisions/0012-dots-in-topics.md). */
export type Spell = (topic: string) => string;

/** Chooses how topics are written. */
export function openSpelling({ mqttDots }: BusConfig): Spell {
  return mqttDots === 'escaped' ? (topic) => topic.replaceAll('.', '%2E') : (topic) => topic;
}
