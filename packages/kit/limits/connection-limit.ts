import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { endWithProblem } from '../http/server/socket-problem.ts';
import type { Metrics } from '../metrics.ts';
import { openTrust } from './address-of.ts';
import { clientKey } from './client-key.ts';
import { openCounts } from './open-counts.ts';
import { openRefusals } from './refusals.ts';

const RETRY_AFTER_SECONDS = 5;

interface Limit {
  connectionsPerAddress: number;
  trustedProxies: string;
  serverName: string;
  metrics: Metrics;
}

/**
 * Answers 429 on each connection beyond the limit of its address, before anything is read from it.
 * Connections of trusted proxies are not counted, because a proxy's connections belong to many
 * clients.
 */
export function limitConnections(server: Server, limit: Limit): void {
  const counts = openCounts(limit.connectionsPerAddress);
  const refuse = openRefusals(limit.metrics);
  if (!counts) return;
  const trusts = openTrust(limit.trustedProxies);
  // Node's HTTP server accepts each connection in the first of its own listeners.
  const [accept] = server.listeners('connection');
  server.removeAllListeners('connection').on('connection', (socket: Socket) => {
    const key = clientKey(socket.remoteAddress);
    if (!trusts(socket.remoteAddress ?? '')) {
      if (counts.isFull(key)) {
        const error = refuse('connections', 'Too many connections are open.', RETRY_AFTER_SECONDS);
        socket.on('error', () => socket.destroy());
        return endWithProblem(socket, error, limit.serverName);
      }
      socket.once('close', counts.enter(key));
    }
    accept?.call(server, socket);
  });
}
