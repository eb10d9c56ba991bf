import { createHmac, timingSafeEqual } from 'node:crypto';

/** The origin of a device's message, as our own broker saw it. */
export interface Sender {
  delivery: string;
  /** The device's address; empty for Parley's own services. */
  address: string;
}

/** Signs the origin of a message with the services' password, which broker and chat share. */
export function stampOf(partPassword: string, { delivery, address }: Sender): string {
  return createHmac('sha256', `inbox ${partPassword}`)
    .update(`${delivery} ${address}`)
    .digest('base64url');
}

/**
 * True when our own broker signed the origin of the message; a device cannot make the signature.
 */
export function isStamped(partPassword: string, sender: Sender, stamp: string): boolean {
  const expected = Buffer.from(stampOf(partPassword, sender));
  const given = Buffer.from(stamp);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
