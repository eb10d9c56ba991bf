import { connect } from 'node:net';

/** Whether a program accepts connections on this port of loopback. */
export async function acceptsConnections(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port });
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  const accepted = await promise;
  socket.destroy();
  return accepted;
}
