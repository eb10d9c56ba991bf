import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { encodeSubscribedText } from '@parley/contract/streams/websocket.ts';
import { requireAllowedPage, requireOwnPage } from '@parley/kit/http/origins.ts';
import { checkQuery, parseOption } from '@parley/kit/http/query.ts';
import type { UpgradeHandler } from '@parley/kit/http/server/http-server.ts';
import { BODY_MAX_BYTES } from '@parley/kit/http/server/unfinished-bodies.ts';
import { WEB_SOCKET_VERSION, webSocketServer } from '@parley/kit/http/server/web-socket-server.ts';
import type { AddressOf } from '@parley/kit/limits/address-of.ts';
import { clientKey } from '@parley/kit/limits/client-key.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import { shownBy } from '@parley/kit/tokens/authenticator.ts';
import { requireList, requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { Request, Response } from 'express';
import type { Access } from '../access/access.ts';
import {
  manyWebSocketFraming,
  quietManyFraming,
  webSocketFraming,
} from '../framing/websocket-framing.ts';
import type { Hub } from '../hub.ts';
import { converse } from './conversation.ts';
import { handleDrafts, handleManyFrames } from './handle-frames.ts';
import { parseStart } from './parse-start.ts';
import type { PostForClient } from './post-for-client.ts';
import type { IdentifyReader } from './reader-identity.ts';
import type { AdmitStream } from './stream-limit.ts';
import { openWaitingBytes } from './waiting-bytes.ts';

const PATH = /^\/broadcast(?:\/([^/]+))?\/ws$/;

interface WebSocketParts {
  log: Log;
  postForClient: PostForClient;
  identify: IdentifyReader;
  addressOf: AddressOf;
  admit: AdmitStream;
  access: Access;
  serverName: string;
  metrics: Metrics;
  /** Origins of other sites that may connect. */
  origins: string[];
}

/**
 * `GET /broadcast/:channel/ws`: streams the channel by WebSocket (RFC 6455), with the same starting
 * points as for Server-Sent Events, and stores the client's messages as a POST does. On
 * `GET /broadcast/ws` the client subscribes to channels.
 */
export function webSocketStreams(hub: Hub, parts: WebSocketParts): UpgradeHandler {
  const { log, postForClient, identify, addressOf, admit, access, serverName, metrics, origins } =
    parts;
  const waitingBytesOf = openWaitingBytes(metrics);
  const server = webSocketServer({ maxFrameBytes: BODY_MAX_BYTES, serverName, metrics });
  return async (request, socket, head) => {
    const { channel, query } = parseTarget(request);
    const start = channel === undefined ? 'now' : parseStart(request.headers, query);
    const quiet = channel === undefined && parseOption('presence', query.presence, '0');
    requireAllowedPage(request.headers, origins);
    if (shownBy(request.headers) === 'cookie') requireOwnPage(request.headers, origins);
    hub.checkSpace();
    const identity = await identify(request.headers, query.ticket);
    if (channel === undefined) requireList(identity);
    else requireSubscribe(identity, channel);
    const sight = await access.look(identity, channel === undefined ? [] : [channel]);
    const enter = admit(request, identity);
    const address = addressOf(request);
    const waitingBytes = waitingBytesOf(clientKey(address));
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const client = { identity, sight, enter };
      if (channel !== undefined) {
        const joining = { ...client, channel, start, framing: webSocketFraming };
        const { lease, greeted } = hub.join(socket as Socket, joining);
        const handle = handleDrafts((draft) =>
          postForClient(channel, draft, { token: lease.identity.token, address }),
        );
        converse(webSocket, { handle, greeted, waitingBytes, log });
        return;
      }
      const { lease, subscriptions } = hub.joinSocket(socket as Socket, {
        ...client,
        framing: quiet ? quietManyFraming : manyWebSocketFraming,
        greet: (state) => webSocket.send(encodeSubscribedText(state)),
        enterMore: (now) => admit(request, now)?.() ?? (() => undefined),
      });
      const handle = handleManyFrames({
        subscriptions,
        identity: () => lease.identity,
        access,
        post: (name, draft) => postForClient(name, draft, { token: lease.identity.token, address }),
      });
      converse(webSocket, { handle, greeted: Promise.resolve(), waitingBytes, log });
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
  const found = PATH.exec(path);
  checkQuery(query);
  if (!found) throw new ChatError('not-found', 'There is no WebSocket at this path.');
  const [, name] = found;
  return {
    channel: name === undefined ? undefined : parseChannel(decode(name)),
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
