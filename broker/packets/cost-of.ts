import { CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE } from './check-packet.ts';

/**
 * Work is counted in units. One unit is the work of a small publish: about 100 microseconds over
 * all services.
 */
const PUBLISH_UNITS = 1;
const FILTER_UNITS = 0.2;
const BYTES_A_UNIT = 1_024;
/** Acknowledgements: a reader at QoS 1 sends one for each event. */
const ACK_UNITS = 0.05;
/** PINGREQ and DISCONNECT. */
const OTHER_UNITS = 0.2;
const [PUBACK, PUBCOMP] = [4, 7] as const;

/** Units for letting a client in, or refusing it. */
export const CONNECT_UNITS = 2;
/** Units for a retained message that a subscription brings. */
export const RETAINED_UNITS = 0.1;

/**
 * Units of work that a packet costs; the packet may be illegal. A CONNECT is counted later, when it
 * is known whether the client is one of Parley's services.
 */
export function costOf(type: number, body: Buffer): number {
  return type === CONNECT ? 0 : ofType(type, body) + body.length / BYTES_A_UNIT;
}

function ofType(type: number, body: Buffer): number {
  if (type === PUBLISH) return PUBLISH_UNITS;
  if (type === SUBSCRIBE) return Math.max(1, FILTER_UNITS * countFilters(body, 1));
  if (type === UNSUBSCRIBE) return Math.max(1, FILTER_UNITS * countFilters(body, 0));
  return type >= PUBACK && type <= PUBCOMP ? ACK_UNITS : OTHER_UNITS;
}

/** Counts the filters of a packet by their lengths only; `more` bytes follow each filter. */
function countFilters(body: Buffer, more: number): number {
  let count = 0;
  for (let at = 2; at + 2 <= body.length; count++) at += 2 + body.readUInt16BE(at) + more;
  return count;
}
