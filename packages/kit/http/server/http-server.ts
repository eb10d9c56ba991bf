import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ChatError } from '@parley/contract/problem.ts';
import { checkProxies } from '../../limits/check-proxies.ts';
import { limitConnections } from '../../limits/connection-limit.ts';
import { connectionsPerAddress } from '../../limits/limit-settings.ts';
import { Metrics } from '../../metrics.ts';
import type { Settings } from '../../settings/settings.ts';
import { allowedHosts, openHostCheck, type RequireHost } from '../hosts.ts';
import { corsOrigins } from '../origins.ts';
import { answerClientFault } from './client-faults.ts';
import { closeInOrder } from './close-in-order.ts';
import { listen, reachableAddress } from './listen.ts';
import { RequestTurns } from './request-turns.ts';
import { endWithProblem } from './socket-problem.ts';
import { UnfinishedBodies } from './unfinished-bodies.ts';
import { UnsentAnswers } from './unsent-answers.ts';
import { requireWebSocketVersion } from './web-socket-server.ts';

export interface HttpConfig {
  host: string;
  port: number;
  serverName: string;
  trustedProxies: string;
  allowedHosts: string;
  corsOrigins: string;
  connectionsPerAddress: number;
}

/** How to listen, beside the settings. */
interface ListenOptions {
  /** Other processes listen on the same port. */
  reusePort?: boolean;
}

/**
 * Settings for listening; each service has its own default port, so that all can run on one
 * machine.
 */
export function httpSettings(defaultPort: number): Settings<HttpConfig> {
  return {
    host: {
      doc: 'Address to listen on for HTTP; 0.0.0.0 or :: for every network.',
      format: 'required text',
      default: '127.0.0.1',
      env: 'HOST',
    },
    port: {
      doc: 'Port to listen on for HTTP; 0 takes a free one.',
      format: 'port number',
      default: defaultPort,
      env: 'PORT',
    },
    serverName: {
      doc: 'Name of this server in X-Served-By and in what it sends to readers; empty: the host name.',
      format: 'server name',
      default: '',
      env: 'SERVER_NAME',
    },
    trustedProxies: {
      doc: 'Proxies whose X-Forwarded-For header is trusted: addresses and networks such as 10.0.0.0/8, or loopback, linklocal and uniquelocal, with commas between; empty: none.',
      format: { name: 'list of proxies', check: checkProxies },
      default: '',
      env: 'TRUSTED_PROXIES',
    },
    allowedHosts,
    corsOrigins,
    connectionsPerAddress,
  };
}

/** Takes a connection over from HTTP. A ChatError from it is answered as a problem. */
export type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
) => Promise<void>;

export interface HttpServer extends AsyncDisposable {
  /** `http://host:port` under which a program on this machine reaches the server. */
  readonly url: string;
  /** Sets the listener that answers requests. Call it in the same turn of the event loop. */
  serve(listener: RequestListener): void;
  /**
   * Sets the handler of WebSocket requests for a path and the paths below it; the first handler
   * that fits is used. Without any handler, WebSocket requests are handled as plain requests.
   */
  serveWebSockets(path: string, handler: UpgradeHandler): void;
}

/**
 * Longer than the 60 s for which nginx keeps an idle upstream connection, so that nginx closes it
 * first.
 */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const CHECK_INTERVAL_MS = 5_000;

/**
 * Listens; resolves when connections are accepted. Closing lets open requests finish.
 * @throws StartError when the server cannot listen on the address
 */
export async function startHttpServer(
  {
    host,
    port,
    serverName,
    allowedHosts = '',
    trustedProxies = '',
    connectionsPerAddress = 0,
    reusePort = false,
  }: Pick<HttpConfig, 'host' | 'port' | 'serverName'> & Partial<HttpConfig> & ListenOptions,
  metrics = new Metrics(),
): Promise<HttpServer> {
  const handlers = new Map<string, UpgradeHandler>();
  const server: Server = createServer({
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    // Node passes an upgrade on as soon as it is read. A pipelined upgrade would be answered before
    // the requests in front of it (RFC 9112 section 9.3.2), so it is handled as a plain request.
    shouldUpgradeCallback: (request) =>
      server.listenerCount('upgrade') > 0 && isWebSocket(request) && turns.isFirst(request),
  });
  const turns = new RequestTurns(metrics);
  const bodies = new UnfinishedBodies(metrics);
  const unsent = new UnsentAnswers(metrics);
  const requireHost = openHostCheck({ host, allowedHosts });
  server.on('clientError', (error, socket) =>
    answerClientFault(error, socket as Socket, serverName),
  );
  limitConnections(server, { connectionsPerAddress, trustedProxies, serverName, metrics });
  await listen(server, { host, port, setting: 'PORT', reusePort });
  return {
    url: `http://${reachableAddress(server)}`,
    serve(listener) {
      server.on('request', turns.inTurn(unsent.watching(bodies.watching(listener))));
    },
    serveWebSockets(path, handler) {
      if (handlers.size === 0)
        server.on('upgrade', upgrading(handlers, { serverName, requireHost }));
      handlers.set(path, handler);
    },
    async [Symbol.asyncDispose]() {
      await closeInOrder(server);
      unsent[Symbol.dispose]();
    },
  };
}

/** True for the beginning of a WebSocket (RFC 6455 section 4.2.1): GET, and HTTP/1.1. */
function isWebSocket({ headers, method, httpVersion }: IncomingMessage): boolean {
  const asks = headers.upgrade?.toLowerCase() === 'websocket';
  return asks && method === 'GET' && httpVersion === '1.1';
}

/** An error in one request must not end the process. */
const FAULT = new ChatError('internal-error', 'Something went wrong here.');

function upgrading(
  handlers: Map<string, UpgradeHandler>,
  { serverName, requireHost }: { serverName: string; requireHost: RequireHost | undefined },
) {
  const take: UpgradeHandler = async (request, socket, head) => {
    requireHost?.(request);
    const handler = findHandler(handlers, request);
    if (!handler) throw new ChatError('not-found', 'There is no WebSocket at this path.');
    requireWebSocketVersion(request.headers);
    await handler(request, socket, head);
  };

  return takingOver(take, serverName);
}

/** A listener that gives connections to a handler, and answers the handler's errors as problems. */
export function takingOver(handler: UpgradeHandler, serverName: string) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    handler(request, socket, head).catch((error) => {
      endWithProblem(socket, error instanceof ChatError ? error : FAULT, serverName);
    });
  };
}

function findHandler(handlers: Map<string, UpgradeHandler>, { url = '' }: IncomingMessage) {
  const path = url.split('?', 1)[0] ?? '';
  const found = [...handlers].find(([of]) => path === of || path.startsWith(`${of}/`));
  return found?.[1];
}
