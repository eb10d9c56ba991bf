import { isIPv6 } from 'node:net';
import { bareAddress } from './bare-address.ts';

/**
 * Who counts as one client: an IPv4 address, or the first 64 bits of an IPv6 one, since a single
 * machine has all the rest to itself (RFC 4291 section 2.5.4). What is no address is `unknown`.
 */
export function clientKey(address?: string): string {
  const bare = bareAddress(address);
  if (bare === undefined) return 'unknown';
  return isIPv6(bare) ? `${prefixOf(bare)}::/64` : bare;
}

/** The first four groups; those that `::` stands for are zero (RFC 4291 section 2.2). */
function prefixOf(address: string): string {
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}
