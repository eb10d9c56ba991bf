import { isIPv4, isIPv6 } from 'node:net';

const MAPPED = /^::ffff:(?=\d+\.)/i;

/**
 * Who counts as one client: an IPv4 address, or the first 64 bits of an IPv6 one, since a single
 * machine has all the rest to itself (RFC 4291 section 2.5.4). What is no address is `unknown`.
 */
export function clientKey(address = ''): string {
  const bare = address.replace(MAPPED, '');
  if (isIPv4(bare)) return bare;
  return isIPv6(bare) ? `${prefixOf(bare)}::/64` : 'unknown';
}

/** The first four groups; those that `::` stands for are zero (RFC 4291 section 2.2). */
function prefixOf(address: string): string {
  const [head = [], tail = []] = address.split('::').map(groupsOf);
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  const groups = [...head, ...zeros, ...tail].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}

/** An IPv4 address at the end stands for two groups, which are never among the first. */
function groupsOf(text: string): string[] {
  return text === '' ? [] : text.replace(/[\d.]+\.\d+/, '0:0').split(':');
}
