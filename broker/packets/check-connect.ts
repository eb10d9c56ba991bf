import { checkTopic } from './check-topic.ts';
import type { Fields } from './fields.ts';
import { IllegalPacket } from './illegal-packet.ts';

/** The protocol names and levels of MQTT 3.1.1 and MQTT 3.1. */
const LEVELS = new Map([
  ['MQTT', 4],
  ['MQIsdp', 3],
]);
const UNACCEPTABLE_LEVEL = 1;
const IDENTIFIER_REJECTED = 2;
const CLIENT_ID_MAX = 256;

/** Checks a CONNECT packet (section 3.1). @throws IllegalPacket */
export function checkConnect(fields: Fields): void {
  const level = LEVELS.get(fields.text());
  if (level === undefined) throw new IllegalPacket('the protocol is not MQTT [MQTT-3.1.2-1]');
  if (fields.byte() !== level) {
    throw new IllegalPacket('the protocol level is not known [MQTT-3.1.2-2]', UNACCEPTABLE_LEVEL);
  }
  const flags = parseFlags(fields.byte());
  fields.number();
  const id = fields.text();
  if (id.length > CLIENT_ID_MAX) {
    throw new IllegalPacket('the client id has over 256 characters', IDENTIFIER_REJECTED);
  }
  if (id === '' && !flags.clean) {
    throw new IllegalPacket(
      'a lasting session needs a client id [MQTT-3.1.3-8]',
      IDENTIFIER_REJECTED,
    );
  }
  if (flags.will) {
    checkTopic(fields.text());
    fields.data();
  }
  if (flags.user) fields.text();
  if (flags.password) fields.data();
}

function parseFlags(byte: number) {
  const has = (mask: number) => (byte & mask) !== 0;
  const willQos = (byte >> 3) & 3;
  if (has(1)) throw new IllegalPacket('a reserved flag is set [MQTT-3.1.2-3]');
  if (willQos === 3) throw new IllegalPacket('the QoS of the will is 3 [MQTT-3.1.2-14]');
  if (!has(4) && willQos > 0) throw new IllegalPacket('a will QoS without a will [MQTT-3.1.2-13]');
  if (!has(4) && has(32))
    throw new IllegalPacket('a will retain flag without a will [MQTT-3.1.2-15]');
  if (has(64) && !has(128)) throw new IllegalPacket('a password without a user [MQTT-3.1.2-22]');
  return { clean: has(2), will: has(4), password: has(64), user: has(128) };
}
