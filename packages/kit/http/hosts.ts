import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { ChatError } from '@parley/contract/problem.ts';
import { bareAddress } from '../limits/bare-address.ts';
import type { Setting } from '../settings/settings.ts';

/** The host names under which a server answers. */
export const allowedHosts: Setting<string> = {
  doc: "Host names under which this server answers, with commas between; * for all. Loopback's names and the server's own address always work. Empty: every name, or on a loopback address only loopback's names.",
  format: { name: 'host names', check: checkHosts },
  default: '',
  env: 'ALLOWED_HOSTS',
};

function checkHosts(text: string): void {
  for (const name of listHosts(text)) {
    if (name !== '*' && hostName(name) === undefined)
      throw new Error('must be host names such as my.host, with commas between, or *');
  }
}

/** Refuses a request for another host. @throws ChatError `host-refused` */
export type RequireHost = (request: IncomingMessage) => void;

const HOST = /^[^\s@/?#\\]+$/;
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** Splits a setting's text into host names. */
export function listHosts(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * The name in a Host header without its port, normalized as a browser does; undefined when it is
 * not a host name.
 */
export function hostName(header: string): string | undefined {
  const url = `http://${isIPv6(header) ? `[${header}]` : header}`;
  if (!HOST.test(header) || !URL.canParse(url)) return undefined;
  return new URL(url).hostname.replace(/^\[|\]$|\.$/g, '');
}

/**
 * Opens the check of the Host header. The check stops DNS rebinding: a page whose name resolves to
 * this machine for a moment. Undefined where every host is accepted: with `*`, and without a
 * setting on a server that other machines reach anyway. A request without a Host header is
 * accepted: it does not come from a browser.
 */
export function openHostCheck(config: {
  host: string;
  allowedHosts: string;
}): RequireHost | undefined {
  const names = listHosts(config.allowedHosts);
  if (names.includes('*') || (names.length === 0 && !isLoopback(config.host))) return undefined;
  const allowed = new Set(names.map(hostName));
  let lastAllowed: string | undefined;
  return ({ headers: { host }, socket }) => {
    if (host === undefined || host === lastAllowed) return;
    const name = hostName(host);
    if (name !== undefined) {
      if (allowed.has(name) || isLoopback(name)) {
        lastAllowed = host;
        return;
      }
      if (name === bareAddress(socket.localAddress)) return;
    }
    throw new ChatError(
      'host-refused',
      `This server does not answer as "${(name ?? '').slice(0, 253)}"; name the host in ALLOWED_HOSTS.`,
    );
  };
}

/** True for a name or an address that always means the machine itself (RFC 6761 section 6.3). */
export function isLoopback(name: string): boolean {
  const family = isIP(name);
  if (family === 0) return name === 'localhost' || name.endsWith('.localhost');
  return LOOPBACK.check(name, family === 4 ? 'ipv4' : 'ipv6');
}
