import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ChatError } from '@parley/contract/problem.ts';

/**
 * Detaches a request's socket from Node's HTTP server once the request has ended. Resolves with
 * undefined when the reader has left meanwhile.
 * @throws ChatError as `requestEnd`
 */
export async function takeSocket(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Socket | undefined> {
  return (await requestEnd(request, response)) ? detachSocket(request, response) : undefined;
}

/**
 * Resolves when a request for a stream has ended: with false when the reader has left meanwhile.
 * @throws ChatError `malformed-request` for a request with a body, or for a pipelined one
 */
export async function requestEnd(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { socket } = request;
  if (hasBody(request)) {
    throw new ChatError('malformed-request', 'A request for a stream has no body.');
  }
  // A pipelined response gets the socket only when the responses before it are sent.
  if (response.socket !== socket) {
    response.setHeader('Connection', 'close');
    throw new ChatError('malformed-request', 'A request for a stream cannot be pipelined.');
  }
  request.resume();
  if (socket.destroyed) return false;
  if (!request.readableEnded) await Promise.race([once(request, 'end'), once(socket, 'close')]);
  return !socket.destroyed;
}

/**
 * Detaches the socket of an ended request, so that only this stream uses it. The
 * server's objects for the connection (parser, request, response: about 10 KB) are freed, and bytes
 * are sent without further framing. The caller writes the response, head included.
 *
 * Node offers this for upgrades only. The server's own `close` listener frees the parser. If a
 * later Node renames that listener, the parser stays, which costs memory and nothing else
 * (docs/decisions/streams/0006-streams-on-bare-sockets.md).
 */
export function detachSocket({ socket }: IncomingMessage, response: ServerResponse): Socket {
  detach(socket, response);
  socket.setTimeout(0);
  // Node pauses the socket when requests are pipelined behind this one; they get no answer.
  return socket.on('error', ignore).on('end', destroy).resume();
}

function hasBody({ headers }: IncomingMessage): boolean {
  return 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0;
}

function detach(socket: Socket, response: ServerResponse): void {
  const freeParser = socket.listeners('close').find(({ name }) => name === 'bound socketOnClose');
  if (!freeParser) return;
  response.detachSocket(socket);
  freeParser.call(socket, false);
  socket.removeListener('close', freeParser as () => void);
  for (const name of ['data', 'drain', 'end', 'error', 'pause', 'resume', 'timeout']) {
    socket.removeAllListeners(name);
  }
  socket.on('data', ignore);
}

/** A stream has no input, and `close` follows every error. */
function ignore(): void {}

/** A reader that ends its side has left. */
function destroy(this: Socket): void {
  this.destroy();
}
