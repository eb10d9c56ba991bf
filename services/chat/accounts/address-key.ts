import { isIPv6 } from 'node:net';

const V4_IN_V6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** What counts as one address: of IPv6 the first 64 bits, which one customer has to himself (RFC 6177). */
export function addressKey(address: string | undefined): string {
  const [, v4] = V4_IN_V6.exec(address ?? '') ?? [];
  if (v4 !== undefined) return v4;
  if (address === undefined || !isIPv6(address)) return String(address);
  const [left = '', right] = (address.split('%', 1)[0] ?? '').split('::');
  const groups = left === '' ? [] : left.split(':');
  const after = right === undefined || right === '' ? [] : right.split(':');
  while (right !== undefined && groups.length + after.length < 8) groups.push('0');
  return [...groups, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
