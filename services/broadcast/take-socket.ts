import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ChatError } from '@parley/contract/problem.ts';

/**
 * Takes a request's socket away from Node's HTTP server, so that nothing but this stream uses it:
 * what the server keeps for each connection (parser, request, response: about 10 KB) is freed, and
 * bytes go out without being framed again. The caller writes the response, head included. Resolves
 * with undefined when the reader has left meanwhile.
 *
 * Node offers this to upgrades only. The server's own `close` listener is what frees the parser;
 * should a later Node name it otherwise, the parser stays, which costs memory and nothing else
 * (docs/decisions/0006-streams-on-bare-sockets.md).
 * @throws ChatError `malformed-request` for a request with a body, or one that is not yet its connection's turn
 */
export async function takeSocket(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Socket | undefined> {
  const { socket } = request;
  if (hasBody(request)) {
    throw new ChatError('malformed-request', 'A request for a stream has no body.');
  }
  // A response gets the socket when its turn comes; a pipelined one has to wait for that.
  if (response.socket !== socket) {
    response.setHeader('Connection', 'close');
    throw new ChatError('malformed-request', 'A request for a stream cannot be pipelined.');
  }
  request.resume();
  if (socket.destroyed) return undefined;
  if (!request.readableEnded) await Promise.race([once(request, 'end'), once(socket, 'close')]);
  if (socket.destroyed) return undefined;
  detach(socket, response);
  socket.setTimeout(0);
  // It is paused where requests were pipelined behind this one; they are never answered.
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

/** A stream takes no input; an error is always followed by `close`. */
function ignore(): void {}

/** A reader that ends its side has left. */
function destroy(this: Socket): void {
  this.destroy();
}
