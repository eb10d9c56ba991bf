import { isIPv4, isIPv6 } from 'node:net';

const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * The address in a socket's or a proxy's text, in one spelling for all texts with the same meaning:
 * without port, brackets, quotes (RFC 7239 section 6) and zone; an IPv4 address in IPv6 becomes
 * IPv4. Undefined where the text is not an address, such as `unknown`.
 */
export function bareAddress(text = ''): string | undefined {
  if (isIPv4(text)) return text;
  const plain = withoutPort(text.trim().replace(/^"(.*)"$/, '$1'));
  if (isIPv4(plain)) return plain;
  if (!isIPv6(plain)) return undefined;
  // WHATWG URL spells it with lower-case letters, zeros shortened, all groups hexadecimal.
  const { hostname } = new URL(`http://[${plain.split('%', 1)[0]}]`);
  const address = hostname.slice(1, -1);
  const [, high, low] = MAPPED.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  return [high, low].flatMap(bytesOf).join('.');
}

/** Only an address in brackets or an IPv4 address can be followed by a port. */
function withoutPort(text: string): string {
  return text.replace(/^\[(.*)\](:\d{1,5})?$/, '$1').replace(/^([\d.]+):\d{1,5}$/, '$1');
}

function bytesOf(group: string): number[] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 255];
}
