import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What HOOKS_ALLOW allows. */
export interface Allowed {
  hosts: Set<string>;
  networks: [Address, number][];
}

const HOST = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/**
 * Reads HOOKS_ALLOW: networks (`10.1.0.0/16`), addresses and host names.
 * @throws Error that names the part that is none of these
 */
export function parseAllowed(text: string): Allowed {
  const allowed: Allowed = { hosts: new Set(), networks: [] };
  for (const part of text.split(',').map((one) => one.trim().toLowerCase())) {
    if (part === '') continue;
    if (ipaddr.isValidCIDR(part)) allowed.networks.push(ipaddr.parseCIDR(part));
    else if (isAddress(part)) {
      const address = ipaddr.parse(part);
      allowed.networks.push([address, address.kind() === 'ipv4' ? 32 : 128]);
    } else if (HOST.test(part)) allowed.hosts.add(part);
    else throw new Error(`"${part}" is no network, address or host name`);
  }
  return allowed;
}

/** True for an address in its usual form: four decimal numbers, or IPv6. */
function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}

/** True when a connection to an address may be made. Only public addresses need no permission. */
export function mayConnect(address: string, { networks }: Allowed): boolean {
  const bare = address.split('%', 1)[0] ?? '';
  if (!isAddress(bare)) return false;
  const { outer, inner } = addressesOf(bare);
  const isAllowed = (one: Address) =>
    networks.some(([network, bits]) => one.kind() === network.kind() && one.match(network, bits));
  return isAllowed(outer) || isAllowed(inner) || isPublic(inner);
}

/** The prefix of NAT64 (RFC 6052), behind which a translator reaches any IPv4 address. */
const NAT64 = ipaddr.IPv6.parse('64:ff9b::');
/** The only addresses of IPv6 that are given to hosts of the internet (RFC 4291 section 2.4). */
const GLOBAL = ipaddr.IPv6.parse('2000::');
/** A public address at which a machine of Azure finds the service of its own settings. */
const AZURE_SETTINGS = '168.63.129.16';

/** True for an address of the internet; false for every range that has another purpose. */
function isPublic(address: Address): boolean {
  if (address instanceof ipaddr.IPv6 && !address.match(GLOBAL, 3)) return false;
  return address.range() === 'unicast' && address.toString() !== AZURE_SETTINGS;
}

/** An address, and the IPv4 address that it stands for where it is an IPv6 form of one. */
function addressesOf(text: string): { outer: Address; inner: Address } {
  const outer = ipaddr.parse(text);
  if (!(outer instanceof ipaddr.IPv6)) return { outer, inner: outer };
  if (outer.isIPv4MappedAddress()) return { outer, inner: outer.toIPv4Address() };
  if (!outer.match(NAT64, 96)) return { outer, inner: outer };
  return { outer, inner: new ipaddr.IPv4(outer.toByteArray().slice(12)) };
}
