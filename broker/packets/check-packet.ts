import { checkConnect } from './check-connect.ts';
import { checkFilter, checkTopic } from './check-topic.ts';
import { Fields } from './fields.ts';
import { IllegalPacket } from './illegal-packet.ts';

/** Control packets that a client sends, by their type (MQTT 3.1.1, table 2.1). */
export const CONNECT = 1;
export const PUBLISH = 3;
const [PUBACK, PUBREC, PUBREL, PUBCOMP] = [4, 5, 6, 7] as const;
export const SUBSCRIBE = 8;
export const UNSUBSCRIBE = 10;
const [PINGREQ, DISCONNECT] = [12, 14] as const;

/** The lower four bits of the first byte where they are fixed (table 2.2). */
const FLAGS: Record<number, number> = {
  [CONNECT]: 0,
  [PUBACK]: 0,
  [PUBREC]: 0,
  [PUBREL]: 2,
  [PUBCOMP]: 0,
  [SUBSCRIBE]: 2,
  [UNSUBSCRIBE]: 2,
  [PINGREQ]: 0,
  [DISCONNECT]: 0,
};
const DUP = 8;
/** Filters in one packet; a client may have a tenth of that. */
const FILTERS_MAX = 1_000;

/**
 * Checks a packet by its first byte and its body.
 * @throws IllegalPacket
 */
export function checkPacket(first: number, body: Buffer): void {
  const type = first >> 4;
  const fields = new Fields(body);
  if (type === PUBLISH) {
    checkPublish(first & 0xf, fields);
    return;
  }
  const flags = FLAGS[type];
  if (flags === undefined) throw new IllegalPacket(`a client sends no packet of type ${type}`);
  if ((first & 0xf) !== flags) {
    throw new IllegalPacket('the flags do not fit the type of the packet [MQTT-2.2.2-2]');
  }
  checkBody(type, fields);
  fields.end();
}

function checkBody(type: number, fields: Fields): void {
  switch (type) {
    case CONNECT:
      checkConnect(fields);
      break;
    case SUBSCRIBE:
      checkFilters(fields, true);
      break;
    case UNSUBSCRIBE:
      checkFilters(fields, false);
      break;
    case PINGREQ:
    case DISCONNECT:
      break;
    default:
      fields.packetId();
  }
}

function checkPublish(flags: number, fields: Fields): void {
  const qos = (flags >> 1) & 3;
  if (qos === 3) throw new IllegalPacket('the QoS is 3 [MQTT-3.3.1-4]');
  if (qos === 0 && (flags & DUP) !== 0) {
    throw new IllegalPacket('a repeat at QoS 0 [MQTT-3.3.1-2]');
  }
  checkTopic(fields.text());
  if (qos > 0) fields.packetId();
}

function checkFilters(fields: Fields, withQos: boolean): void {
  fields.packetId();
  if (fields.left === 0) {
    const clause = withQos ? 'MQTT-3.8.3-3' : 'MQTT-3.10.3-2';
    throw new IllegalPacket(`there is no topic filter [${clause}]`);
  }
  for (let count = 1; fields.left > 0; count++) {
    if (count > FILTERS_MAX) throw new IllegalPacket('the packet has over 1,000 topic filters');
    checkFilter(fields.text());
    if (withQos && fields.byte() > 2) {
      throw new IllegalPacket('a requested QoS is not valid [MQTT-3.8.3-4]');
    }
  }
}
