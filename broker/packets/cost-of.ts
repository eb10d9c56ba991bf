import { CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE } from './check-packet.ts';

/** Work is counted in units: one is that of a small publish, about 100 microseconds in all parts. */
const PUBLISH_UNITS = 1;
const FILTER_UNITS = 0.2;
const BYTES_A_UNIT = 4_096;
/** Acknowledgements: a reader at QoS 1 sends one for each event. */
const ACK_UNITS = 0.05;
/** PINGREQ and DISCONNECT. */
const OTHER_UNITS = 0.2;
const [PUBACK, PUBCOMP] = [4, 7] as const;

/** For a client that is let in, or refused. */
export const CONNECT_UNITS = 2;
/** For a retained message that a subscription brings. */
export const RETAINED_UNITS = 0.1;

/**
 * Units of work that a packet costs, whose type and body are given. The packet may be illegal. A
 * CONNECT is counted once it is known whether it is that of one of Parley's services.
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

/** Filters of a packet, by their lengths alone; after each come `more` bytes. */
function countFilters(body: Buffer, more: number): number {
  let count = 0;
  for (let at = 2; at + 2 <= body.length; count++) at += 2 + body.readUInt16BE(at) + more;
  return count;
}
