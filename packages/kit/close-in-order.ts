import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

/** How long requests under way may take to finish. */
const LIMIT_MS = 5_000;
/** How long idle connections stay: a proxy may have a request on its way on one that it keeps. */
const GRACE_MS = 500;
/** How soon after that a connection is closed whose last request has been answered. */
const IDLE_INTERVAL_MS = 50;
/** Connections taken in before that, at most: others may come as fast as they are taken. */
const WAITING_MAX = 1_000;

/**
 * Closes a server so that no request sent to it fails: it takes no new connection, answers what
 * comes on those that are open, each time as the connection's last, and closes them when they have
 * been idle for a grace.
 */
export async function closeInOrder(server: Server): Promise<void> {
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  const limit = setTimeout(() => server.closeAllConnections(), LIMIT_MS);
  await takeInWaiting(server);
  const closed = Promise.withResolvers<void>();
  // The HTTP server's own `close` would end idle connections at once.
  NetServer.prototype.close.call(server, () => closed.resolve());
  await Promise.race([closed.promise, delay(GRACE_MS, undefined, { ref: false })]);
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_INTERVAL_MS);
  await closed.promise;
  clearInterval(idle);
  clearTimeout(limit);
  // Ends what the HTTP server does every few seconds for its connections.
  server.close();
}

/**
 * Takes in the connections that the kernel has accepted already, which closing would reset. The
 * event loop takes one in each turn; after the present one, a turn without one says that none is left.
 */
async function takeInWaiting(server: Server): Promise<void> {
  let quietTurns = 0;
  server.on('connection', () => {
    quietTurns = 0;
  });
  for (let turns = 0; quietTurns < 2 && turns < WAITING_MAX; turns++) {
    quietTurns++;
    await nextTurn();
  }
}
