import type { IncomingHttpHeaders } from 'node:http';
import { ChatError } from '@parley/contract/problem.ts';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import type { Metrics } from '../../metrics.ts';
import { endWithProblem } from './socket-problem.ts';
import { UnfinishedMessages } from './unfinished-messages.ts';

/** The only supported version (RFC 6455 section 4.1). */
export const WEB_SOCKET_VERSION = '13';
/**
 * How long a client may take to receive queued data and answer the Close frame (RFC 6455 section
 * 7.1.1).
 */
const CLOSE_LIMIT_MS = 5_000;
/** Most pongs to one client that wait to be sent. */
const PONGS_MAX = 256;
/** Fragments of a message, and pieces in which the network brings one frame, that are kept. */
const FRAGMENTS_MAX = 1_024;
/** Close code 1008, "policy violation" (RFC 6455 section 7.4.1). */
const POLICY_VIOLATION = 1008;

interface WebSocketServerOptions {
  maxFrameBytes: number;
  serverName: string;
  metrics: Metrics;
  /** The subprotocol of every client, if there is one. */
  subprotocol?: string;
}

/**
 * A WebSocket that answers pings itself: ws cuts a client off without a Close frame when 60 pongs
 * wait.
 */
class PingedWebSocket extends WebSocket {
  readonly pongs = answerPings(this);
}

/**
 * Answers each ping. A client with more unread pongs than the limit gets a Close frame. Returns the
 * count of pongs that wait.
 */
function answerPings(webSocket: WebSocket): { waiting: number } {
  const pongs = { waiting: 0 };
  webSocket.on('ping', (data) => {
    if (webSocket.readyState !== WebSocket.OPEN) return;
    if (pongs.waiting === PONGS_MAX) {
      webSocket.close(POLICY_VIOLATION, 'too many pings at once');
      return;
    }
    pongs.waiting++;
    webSocket.pong(data, false, () => {
      pongs.waiting--;
    });
  });
  return pongs;
}

/**
 * Accepts WebSockets from an HTTP server's upgrades: without compression; refusals are problem
 * documents.
 */
export function webSocketServer(options: WebSocketServerOptions): WebSocketServer {
  const { maxFrameBytes, serverName, metrics, subprotocol } = options;
  const unfinished = new UnfinishedMessages(metrics);
  class WatchedWebSocket extends PingedWebSocket {
    constructor(...given: ConstructorParameters<typeof PingedWebSocket>) {
      super(...given);
      unfinished.watch(this);
    }
  }
  // @types/ws 8.18 does not know these three yet.
  const all: ServerOptions & Record<'closeTimeout' | 'maxFragments' | 'maxBufferedChunks', number> =
    {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: maxFrameBytes,
      closeTimeout: CLOSE_LIMIT_MS,
      maxFragments: FRAGMENTS_MAX,
      maxBufferedChunks: FRAGMENTS_MAX,
      autoPong: false,
      WebSocket: WatchedWebSocket as unknown as typeof WebSocket,
      ...(subprotocol === undefined ? {} : { handleProtocols: () => subprotocol }),
    };
  const server = new WebSocketServer(all);
  server.on('headers', (headers) => headers.push(`X-Served-By: ${serverName}`));
  server.on('wsClientError', ({ message }, socket, { headers }) => {
    const version = versionFault(headers);
    const error = version ?? new ChatError('malformed-request', message);
    endWithProblem(socket, error, serverName);
  });
  return server;
}

/**
 * Refuses another version of the protocol (RFC 6455 section 4.2.2).
 * @throws ChatError `upgrade-required`
 */
export function requireWebSocketVersion(headers: IncomingHttpHeaders): void {
  const fault = versionFault(headers);
  if (fault) throw fault;
}

function versionFault(headers: IncomingHttpHeaders): ChatError | undefined {
  if (headers['sec-websocket-version'] === WEB_SOCKET_VERSION) return undefined;
  return new ChatError(
    'upgrade-required',
    `Sec-WebSocket-Version must be ${WEB_SOCKET_VERSION}, the only version that this server supports.`,
  );
}
