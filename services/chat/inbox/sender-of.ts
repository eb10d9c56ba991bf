import type { InboxSender } from '@parley/contract/events/inbox.ts';
import { isStamped } from '@parley/kit/limits/sender-stamp.ts';

/** Devices behind a broker that does not give their addresses count as one address. */
const ELSEWHERE = 'unknown';

/**
 * The address for which a device's message is counted; undefined for one of Parley's own services.
 * A device may make up an address, so it counts only with the stamp of our own broker.
 */
export function senderOf(
  { delivery = '', address = '', stamp = '' }: InboxSender,
  partPassword: string,
): string | undefined {
  if (!isStamped(partPassword, { delivery, address }, stamp)) return ELSEWHERE;
  return address === '' ? undefined : address;
}
