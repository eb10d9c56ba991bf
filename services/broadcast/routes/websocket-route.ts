import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { SocketDraft } from '@parley/contract/streams/websocket.ts';
import { requireAllowedPage, requireOwnPage } from '@parley/kit/http/origins.ts';
import { checkQuery } from '@parley/kit/http/query.ts';
import type { UpgradeHandler } from '@parley/kit/http/server/http-server.ts';
import { BODY_MAX_BYTES } from '@parley/kit/http/server/unfinished-bodies.ts';
import { WEB_SOCKET_VERSION, webSocketServer } from '@parley/kit/http/server/web-socket-server.ts';
import type { AddressOf } from '@parley/kit/limits/address-of.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import { shownBy } from '@parley/kit/tokens/authenticator.ts';
import { requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { Request, Response } from 'express';
import { webSocketFraming } from '../framing/websocket-framing.ts';
import type { Hub } from '../hub.ts';
import { converse, openWaitingBytes } from './conversation.ts';
import { parseStart } from './parse-start.ts';
import type { PostForClient } from './post-for-client.ts';
import type { IdentifyReader } from './reader-identity.ts';
import type { AdmitStream } from './stream-limit.ts';

const PATH = /^\/broadcast\/([^/]+)\/ws$/;

interface WebSocketParts {
  log: Log;
  postForClient: PostForClient;
  identify: IdentifyReader;
  addressOf: AddressOf;
  admit: AdmitStream;
  serverName: string;
  metrics: Metrics;
  /** Origins of other sites that may connect. */
  origins: string[];
}

/**
 * `GET /broadcast/:channel/ws`: streams the channel by WebSocket (RFC 6455), with the same starting
 * points as for Server-Sent Events, and stores the client's messages as a POST does.
 */
export function webSocketStreams(hub: Hub, parts: WebSocketParts): UpgradeHandler {
  const { log, postForClient, identify, addressOf, admit, serverName, metrics, origins } = parts;
  const waitingBytes = openWaitingBytes(metrics);
  const server = webSocketServer({ maxFrameBytes: BODY_MAX_BYTES, serverName, metrics });
  return async (request, socket, head) => {
    const { channel, query } = parseTarget(request);
    const start = parseStart(request.headers, query);
    requireAllowedPage(request.headers, origins);
    if (shownBy(request.headers) === 'cookie') requireOwnPage(request.headers, origins);
    hub.checkRoom();
    const identity = await identify(request.headers, query.ticket);
    requireSubscribe(identity, channel);
    const enter = admit(request, identity);
    const address = addressOf(request);
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const joining = { channel, start, framing: webSocketFraming, identity, enter };
      const { lease, greeted } = hub.join(socket as Socket, joining);
      const post = (draft: SocketDraft) =>
        postForClient(channel, draft, { token: lease.identity.token, address });
      converse(webSocket, { post, greeted, waitingBytes, log });
    });
  };
}

/** Refuses a request without an upgrade at a WebSocket's path (RFC 9110 section 15.5.22). */
export function upgradeRequired(_request: Request, response: Response): void {
  response.setHeader('Upgrade', 'websocket');
  response.setHeader('Sec-WebSocket-Version', WEB_SOCKET_VERSION);
  throw new ChatError(
    'upgrade-required',
    'This path is a WebSocket; connect with a WebSocket client.',
  );
}

function parseTarget({ url = '' }: IncomingMessage) {
  const [path = '', query = ''] = url.split('?', 2);
  const [, name] = PATH.exec(path) ?? [];
  checkQuery(query);
  if (name === undefined) throw new ChatError('not-found', 'There is no WebSocket at this path.');
  return {
    channel: parseChannel(decode(name)),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ChatError('malformed-request', 'The request cannot be read: its path is malformed.');
  }
}
