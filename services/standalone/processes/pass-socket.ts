import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { ChatError } from '@parley/contract/problem.ts';
import { takingOver, type UpgradeHandler } from '@parley/kit/http/server/http-server.ts';

/** A request for a WebSocket, as one process passes it to another together with its socket. */
interface PassedRequest {
  url: string | undefined;
  headers: IncomingMessage['headers'];
  /** What the client sent behind the request, in base64. */
  head: string;
}

/** Handles a WebSocket by passing its request and its socket to the first process. */
export const passToFirstProcess: UpgradeHandler = async ({ url, headers }, socket, head) => {
  if (!(socket instanceof Socket))
    throw new ChatError('malformed-request', 'A request for a WebSocket has no body.');
  const upgrade: PassedRequest = { url, headers, head: head.toString('base64') };
  stopReading(socket);
  // Otherwise Node waits at the end of the HTTP server until the other process has closed the socket.
  Object.assign(socket, { server: null });
  process.send?.({ upgrade }, socket, {}, () => socket.destroy());
};

/**
 * Until the other process has the socket, Node reads from it here, too, and drops what it reads.
 * `pause()` does not end that.
 */
function stopReading(socket: Socket): void {
  const { _handle: handle } = socket as unknown as { _handle: { readStop(): void } | null };
  handle?.readStop();
}

/** Opens the handling of passed requests in the first process; other messages are ignored. */
export function openPassedSockets(
  handler: UpgradeHandler,
  serverName: string,
): (message: object, socket: unknown) => void {
  const take = takingOver(handler, serverName);
  return (message, socket) => {
    const { upgrade } = message as { upgrade?: PassedRequest };
    // The client may have left on the way.
    if (!upgrade || !(socket instanceof Socket)) return;
    const { head, ...fields } = upgrade;
    const request = Object.assign(new IncomingMessage(socket), { method: 'GET', ...fields });
    take(request, socket, Buffer.from(head, 'base64'));
  };
}
