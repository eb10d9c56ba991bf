import type { Duplex } from 'node:stream';
import { ChatError } from '@parley/contract/problem.ts';
import { requireAllowedPage } from '@parley/kit/http/origins.ts';
import type { UpgradeHandler } from '@parley/kit/http/server/http-server.ts';
import { webSocketServer } from '@parley/kit/http/server/web-socket-server.ts';
import type { AddressOf } from '@parley/kit/limits/address-of.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import { createWebSocketStream, type WebSocket } from 'ws';

/** The usual path of MQTT over WebSocket. */
export const MQTT_PATH = '/mqtt';
const SUBPROTOCOL = 'mqtt';
/** A frame may hold several packets, or a part of one [MQTT-6.0.0-2]. */
const FRAME_MAX_BYTES = 131_072;
/** RFC 6455 section 7.4.1. */
const UNSUPPORTED_DATA = 1003;

interface WebSocketParts {
  serverName: string;
  origins: string[];
  addressOf: AddressOf;
  metrics: Metrics;
}

/**
 * `GET /mqtt`: MQTT over WebSocket (MQTT 3.1.1 section 6). `handle` receives it as a connection
 * like any other, with the client's address.
 */
export function mqttWebSockets(
  { serverName, origins, addressOf, metrics }: WebSocketParts,
  handle: (connection: Duplex, address: string | undefined) => void,
): UpgradeHandler {
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
      handle(asConnection(webSocket), address);
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
