import type { Spoken } from '@parley/contract/inbox.ts';
import { isStamped } from '@parley/kit/limits/sender-stamp.ts';

/** Devices of a broker that does not say where a message comes from count as one address. */
const ELSEWHERE = 'unknown';

/**
 * The address that a device's message counts for; undefined for one of Parley's own services. What our
 * own broker did not stamp may have been made up by the device.
 */
export function senderOf(
  { delivery = '', address = '', stamp = '' }: Spoken,
  partPassword: string,
): string | undefined {
  if (!isStamped(partPassword, { delivery, address }, stamp)) return ELSEWHERE;
  return address === '' ? undefined : address;
}
