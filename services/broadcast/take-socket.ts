import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Takes a request's socket away from Node's HTTP server, so that nothing but this stream uses it:
 * what the server keeps for each connection (parser, request, response: about 10 KB) is freed, and
 * bytes go out without being framed again. The caller writes the response, head included.
 *
 * Node offers this to upgrades only. The server's own `close` listener is what frees the parser;
 * should a later Node name it otherwise, the parser stays, which costs memory and nothing else
 * (docs/decisions/0006-streams-on-bare-sockets.md).
 */
export async function takeSocket(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Socket> {
  const { socket } = request;
  request.resume();
  if (!request.readableEnded) await once(request, 'end');
  const freeParser = socket.listeners('close').find(({ name }) => name === 'bound socketOnClose');
  if (freeParser) {
    response.detachSocket(socket);
    freeParser.call(socket, false);
    socket.removeListener('close', freeParser as () => void);
    for (const name of ['data', 'drain', 'end', 'error', 'pause', 'resume', 'timeout']) {
      socket.removeAllListeners(name);
    }
    socket.on('data', ignore);
  }
  socket.setTimeout(0);
  socket.on('error', ignore).on('end', destroy);
  return socket;
}

/** A stream takes no input; an error is always followed by `close`. */
function ignore(): void {}

/** A reader that ends its side has left. */
function destroy(this: Socket): void {
  this.destroy();
}
