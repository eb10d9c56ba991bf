import { createHmac, timingSafeEqual } from 'node:crypto';

/** Where a device's message came from, as our own broker saw it. */
export interface Sender {
  delivery: string;
  /** The device's address; empty for Parley's own services. */
  address: string;
}

/** Signs where a message came from with the services' password, which broker and chat share. */
export function stampOf(partPassword: string, { delivery, address }: Sender): string {
  return createHmac('sha256', `inbox ${partPassword}`)
    .update(`${delivery} ${address}`)
    .digest('base64url');
}

/** Whether it was our own broker that said where a message came from, and not the device itself. */
export function isStamped(partPassword: string, sender: Sender, stamp: string): boolean {
  const expected = Buffer.from(stampOf(partPassword, sender));
  const given = Buffer.from(stamp);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
