import { X509Certificate } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** The names and addresses of a server, the first of which is its own. */
export type Hosts = readonly [string, ...string[]];

/** The servers that are named, by the secret that is their certificate. */
export interface ServerHosts {
  /** As browsers reach the front door. */
  edge?: Hosts;
  /** As devices and parts reach the broker; the parts by the first one. */
  broker?: Hosts;
  /** As chat reaches PostgreSQL, by the first one. */
  'store-tls'?: Hosts;
}

/** The names and addresses of a certificate that is there, else what is given. */
export function namesOf(certificate: string | undefined, otherwise: Hosts): Hosts {
  if (certificate === undefined) return otherwise;
  const { subjectAltName = '' } = new X509Certificate(certificate);
  const [first, ...others] = subjectAltName.split(', ').map((name) => name.replace(/^[^:]+:/, ''));
  return first === undefined ? otherwise : [first, ...others];
}

/** A server's own name or address as URLs have it. */
export function inUrl(hosts: Hosts | undefined): string | undefined {
  return hosts && (isIPv6(hosts[0]) ? `[${hosts[0]}]` : hosts[0]);
}

/** The host of an address, as it stands there. */
export function hostnameOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).hostname;
}
