import { isIPv6 } from 'node:net';
import { bareAddress } from './bare-address.ts';

/**
 * The key of a client: an IPv4 address, or the first 64 bits of an IPv6 address, because one
 * machine can use all addresses of such a network (RFC 4291 section 2.5.4). `unknown` for any other
 * text.
 */
export function clientKey(address?: string): string {
  const bare = bareAddress(address);
  if (bare === undefined) return 'unknown';
  return isIPv6(bare) ? `${prefixOf(bare)}::/64` : bare;
}

/** The first four groups; the groups that `::` stands for are zero (RFC 4291 section 2.2). */
function prefixOf(address: string): string {
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}
