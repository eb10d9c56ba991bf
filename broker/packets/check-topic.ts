import { IllegalPacket } from './illegal-packet.ts';

/** Checks the topic of a PUBLISH or a will. @throws IllegalPacket */
export function checkTopic(topic: string): void {
  if (topic === '') throw new IllegalPacket('the topic is empty [MQTT-4.7.3-1]');
  if (/[+#]/.test(topic)) throw new IllegalPacket('the topic has a wildcard [MQTT-3.3.2-2]');
}

/** Checks a topic filter. @throws IllegalPacket */
export function checkFilter(filter: string): void {
  if (filter === '') throw new IllegalPacket('a topic filter is empty [MQTT-4.7.3-1]');
  if (/#(?!$)|[^/]#$/.test(filter)) {
    throw new IllegalPacket('"#" is not the last level of its filter [MQTT-4.7.1-2]');
  }
  if (/[^/]\+|\+[^/]/.test(filter)) {
    throw new IllegalPacket('"+" is not a whole level of its filter [MQTT-4.7.1-3]');
  }
}
