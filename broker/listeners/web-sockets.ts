import type { Duplex } from 'node:stream';
import { ChatError } from '@parley/contract/problem.ts';
import { listOrigins, requireAllowedPage } from '@parley/kit/http/origins.ts';
import type { HttpConfig, UpgradeHandler } from '@parley/kit/http/server/http-server.ts';
import { webSocketServer } from '@parley/kit/http/server/web-socket-server.ts';
import { openAddressOf } from '@parley/kit/limits/address-of.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import { createWebSocketStream, type WebSocket } from 'ws';

/** The usual path of MQTT over WebSocket. */
export const MQTT_PATH = '/mqtt';
const SUBPROTOCOL = 'mqtt';
/** A frame may hold several packets, or a part of one [MQTT-6.0.0-2]. */
const FRAME_MAX_BYTES = 131_072;
/** RFC 6455 section 7.4.1. */
const UNSUPPORTED_DATA = 1003;

/** Settings of MQTT over WebSocket; they are those of the HTTP server. */
export type WebSocketConfig = Pick<HttpConfig, 'serverName' | 'corsOrigins' | 'trustedProxies'>;

interface WebSocketParts {
  metrics: Metrics;
  /** Receives each connection with the client's address. */
  serve: (connection: Duplex, address: string | undefined) => void;
}

/**
 * `GET /mqtt`: MQTT over WebSocket (MQTT 3.1.1 section 6). Such a connection is served like any
 * other.
 */
export function mqttWebSockets(
  { serverName, corsOrigins, trustedProxies }: WebSocketConfig,
  { metrics, serve }: WebSocketParts,
): UpgradeHandler {
  const origins = listOrigins(corsOrigins);
  const addressOf = openAddressOf(trustedProxies);
  const server = webSocketServer({
    maxFrameBytes: FRAME_MAX_BYTES,
    serverName,
    metrics,
    subprotocol: SUBPROTOCOL,
  });
  return async (request, socket, head) => {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',');
    if (!offered.some((name) => name.trim() === SUBPROTOCOL)) {
      throw new ChatError('malformed-request', 'Ask for the subprotocol "mqtt" [MQTT-6.0.0-3].');
    }
    requireAllowedPage(request.headers, origins);
    const address = addressOf(request);
    server.handleUpgrade(request, socket, head, (webSocket) => {
      serve(asConnection(webSocket), address);
    });
  };
}

function asConnection(webSocket: WebSocket): Duplex {
  webSocket.on('message', (_, isBinary) => {
    // A text frame ends the connection [MQTT-6.0.0-1].
    if (isBinary) return;
    webSocket.close(UNSUPPORTED_DATA);
    stream.destroy();
  });
  const stream = createWebSocketStream(webSocket);
  stream.on('error', () => stream.destroy());
  return stream;
}
