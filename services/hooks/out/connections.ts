import type { LookupAddress } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type Allowed, mayConnect } from './allowed.ts';
import { openResolve, type Resolve } from './resolve.ts';

/** A connection to an address inside the network, which was not made. */
export class AddressRefused extends Error {
  constructor(host: string) {
    super(`${host} leads into the network; HOOKS_ALLOW can allow that`);
  }
}

/** The connections to receivers. Disposing of it closes those that are idle. */
export interface Connections extends Disposable {
  agentFor(url: URL): HttpAgent;
}

/** Idle connections to one host. */
const IDLE_MAX = 8;
/** Shorter than what servers usually wait for the next request. */
const IDLE_MS = 4_000;

/**
 * Opens connections only to addresses that are allowed. A name is resolved once for each connection, and
 * the addresses that were checked are those that are connected to: an answer of DNS that changes
 * later changes nothing.
 */
export function openConnections(allowed: Allowed, resolve: Resolve = openResolve()): Connections {
  const lookup = checkedLookup(allowed, resolve);
  const options = { keepAlive: true, maxFreeSockets: IDLE_MAX, timeout: IDLE_MS, lookup };
  const [http, https] = [new HttpAgent(options), new HttpsAgent(options)];
  return {
    agentFor(url) {
      // For an address that is written in a URL there is no lookup.
      const host = url.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && !mayConnect(host, allowed)) throw new AddressRefused(host);
      return url.protocol === 'https:' ? https : http;
    },
    [Symbol.dispose]() {
      http.destroy();
      https.destroy();
    },
  };
}

function checkedLookup(allowed: Allowed, resolve: Resolve): LookupFunction {
  return (host, { all }, done) => {
    find().then(
      ([first, ...others]) => {
        if (all) done(null, [first, ...others]);
        else done(null, first.address, first.family);
      },
      (error) => done(error, []),
    );

    async function find(): Promise<[LookupAddress, ...LookupAddress[]]> {
      const found = await resolve(host);
      const isAllowed = ({ address }: LookupAddress) =>
        allowed.hosts.has(host.toLowerCase()) || mayConnect(address, allowed);
      const [first, ...others] = found.filter(isAllowed);
      if (first) return [first, ...others];
      throw found.length > 0 ? new AddressRefused(host) : new Error(`${host} has no address`);
    }
  };
}
