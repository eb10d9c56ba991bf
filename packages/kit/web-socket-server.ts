import { ChatError } from '@parley/contract/problem.ts';
import { type ServerOptions, WebSocketServer } from 'ws';
import { endWithProblem } from './socket-problem.ts';

/** How long a client may take to receive what is queued and to answer the Close frame (RFC 6455 section 7.1.1). */
const CLOSE_LIMIT_MS = 5_000;

interface WebSocketServerOptions {
  maxFrameBytes: number;
  serverName: string;
  /** The one that every client speaks, where there is one. */
  subprotocol?: string;
}

/** Takes the WebSockets of an HTTP server's upgrades: uncompressed, and refused with problem documents. */
export function webSocketServer(options: WebSocketServerOptions): WebSocketServer {
  const { maxFrameBytes, serverName, subprotocol } = options;
  // @types/ws 8.18 does not know closeTimeout yet.
  const all: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    closeTimeout: CLOSE_LIMIT_MS,
    ...(subprotocol === undefined ? {} : { handleProtocols: () => subprotocol }),
  };
  const server = new WebSocketServer(all);
  server.on('headers', (headers) => headers.push(`X-Served-By: ${serverName}`));
  server.on('wsClientError', ({ message }, socket) =>
    endWithProblem(socket, new ChatError('malformed-request', message), serverName),
  );
  return server;
}
