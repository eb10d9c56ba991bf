import { X509Certificate } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** The names and addresses of a server; the first is its main one. */
export type Hosts = readonly [string, ...string[]];

/** The names of servers, by the secret that contains the server's certificate. */
export interface ServerHosts {
  /** The names under which browsers reach the front door. */
  edge?: Hosts;
  /** The names under which devices and services reach the broker; services use the first. */
  broker?: Hosts;
  /** The names of PostgreSQL; chat uses the first. */
  'store-tls'?: Hosts;
}

/** The names and addresses in an existing certificate, or else the given ones. */
export function namesOf(certificate: string | undefined, otherwise: Hosts): Hosts {
  if (certificate === undefined) return otherwise;
  const { subjectAltName = '' } = new X509Certificate(certificate);
  const [first, ...others] = subjectAltName.split(', ').map((name) => name.replace(/^[^:]+:/, ''));
  return first === undefined ? otherwise : [first, ...others];
}

/** A server's main name or address as it is written in a URL. */
export function inUrl(hosts: Hosts | undefined): string | undefined {
  return hosts && (isIPv6(hosts[0]) ? `[${hosts[0]}]` : hosts[0]);
}

/** The host of a URL, as it is written there. */
export function hostnameOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).hostname;
}
