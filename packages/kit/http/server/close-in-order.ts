import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

/** How long open requests may take to finish. */
const LIMIT_MS = 5_000;
/** How long idle connections stay open: a proxy may just be sending a request on one. */
const GRACE_MS = 500;
/** After that, how often connections are closed whose last request has been answered. */
const IDLE_INTERVAL_MS = 50;
/**
 * Most connections accepted before the close, since new ones may come as fast as they are accepted.
 */
const WAITING_MAX = 1_000;

/**
 * Closes a server so that no request sent to it fails. The server accepts no new connection. Each
 * request on an open connection is answered as that connection's last. Connections are closed after
 * they have been idle for a grace time.
 */
export async function closeInOrder(server: Server): Promise<void> {
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  const limit = setTimeout(() => server.closeAllConnections(), LIMIT_MS);
  await acceptWaiting(server);
  const closed = Promise.withResolvers<void>();
  // The HTTP server's own `close` would end idle connections at once.
  NetServer.prototype.close.call(server, () => closed.resolve());
  await Promise.race([closed.promise, delay(GRACE_MS, undefined, { ref: false })]);
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_INTERVAL_MS);
  await closed.promise;
  clearInterval(idle);
  clearTimeout(limit);
  // Stops the timer with which the HTTP server checks its connections.
  server.close();
}

/**
 * Accepts the connections that already wait in the kernel's queue; closing would reset them. The
 * event loop accepts one in each turn. After the current turn, a turn without one means that none
 * is left.
 */
async function acceptWaiting(server: Server): Promise<void> {
  let quietTurns = 0;
  server.on('connection', () => {
    quietTurns = 0;
  });
  for (let turns = 0; quietTurns < 2 && turns < WAITING_MAX; turns++) {
    quietTurns++;
    await nextTurn();
  }
}
