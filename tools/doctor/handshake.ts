import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, getCACertificates, type TLSSocket } from 'node:tls';
import { hostOf } from '@parley/kit/http/host-of.ts';
import type { Visit } from './verdict.ts';

const LIMIT_MS = 10_000;

/**
 * Connects as a browser does, without checking the certificate. Rejects when that takes too long.
 */
export async function handshake(visit: Visit, limitMs = LIMIT_MS): Promise<TLSSocket> {
  const host = hostOf(visit.url);
  const limit = AbortSignal.timeout(limitMs);
  const socket = connect({
    host,
    port: Number(visit.url.port || 443),
    ...(isIP(host) === 0 && { servername: host }),
    ALPNProtocols: ['h2', 'http/1.1'],
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ca: authorities(visit),
  });
  try {
    await once(socket, 'secureConnect', { signal: limit });
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw limit.aborted ? new Error(`no TLS handshake within ${limitMs / 1000} s`) : error;
  }
  return socket.on('error', () => undefined);
}

/** The authorities that a visit trusts: the system's and the one of --ca. */
export function authorities({ ca }: Visit): string[] {
  return [...getCACertificates('default'), ...(ca === undefined ? [] : [ca])];
}
