import { hostOf } from '../http/host-of.ts';

/** One address of the broker. */
export interface BusAddress {
  host: string;
  port: number;
  tls: boolean;
}

/** The broker's addresses, and the user and password to connect with. */
export interface BusAddresses {
  /** At least one; several are the nodes of one cluster. */
  nodes: [BusAddress, ...BusAddress[]];
  username: string | undefined;
  password: string | undefined;
}

/** A comma ends an address only where another address follows: a password may contain commas. */
const BETWEEN = /\s*,\s*(?=mqtts?:)/;
const PORTS = { 'mqtt:': 1883, 'mqtts:': 8883 };

/**
 * Reads `mqtt://host:port`, `mqtts://…`, or several of them with commas between. One of them may
 * hold `user:password`, which is used for all.
 * @throws Error that describes a valid address
 */
export function parseBusAddresses(text: string): BusAddresses {
  const [first = '', ...others] = text.trim().split(BETWEEN);
  const urls: [URL, ...URL[]] = [parseUrl(first), ...others.map(parseUrl)];
  const [user, another] = new Set(urls.map(userOf).filter((of) => of !== ':'));
  if (another) throw new Error('must hold one user:password for all addresses');
  const [username, password] = (user ?? ':').split(':').map(decodeURIComponent);
  return {
    nodes: urls.map(nodeOf) as BusAddresses['nodes'],
    username: username || undefined,
    password: password || undefined,
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && url.protocol in PORTS && /^[^,]+$/.test(url.hostname)) return url;
  throw new Error('must be an address that starts with mqtt: or mqtts:, or several with commas');
}

function userOf({ username, password }: URL): string {
  return `${username}:${password}`;
}

function nodeOf(url: URL): BusAddress {
  const { protocol, port } = url;
  return {
    host: hostOf(url),
    port: Number(port) || PORTS[protocol as keyof typeof PORTS],
    tls: protocol === 'mqtts:',
  };
}
