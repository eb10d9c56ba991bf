import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ChatError, encodeProblem, type ProblemCode } from '@parley/contract/problem.ts';
import { StartError } from './run.ts';
import type { Setting } from './settings.ts';

export interface HttpConfig {
  host: string;
  port: number;
  serverName: string;
}

/** Where a part listens; each part has its own default port, so that all can run on one machine. */
export function httpSettings(defaultPort: number): {
  host: Setting<string>;
  port: Setting<number>;
  serverName: Setting<string>;
} {
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
      doc: 'How this server names itself in X-Served-By and to readers; empty: the host name.',
      format: 'server name',
      default: '',
      env: 'SERVER_NAME',
    },
  };
}

export interface HttpServer extends AsyncDisposable {
  /** `http://host:port`, as a program on this machine reaches it. */
  readonly url: string;
  /** Says what answers requests; to be called before the turn of the event loop ends. */
  serve(listener: RequestListener): void;
}

/** Longer than nginx keeps an idle upstream connection (60 s), so that nginx is the one to close it. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const CHECK_INTERVAL_MS = 5_000;
/** How long requests under way may take to finish once the server stops. */
const CLOSE_LIMIT_MS = 5_000;
/** How soon a connection is closed whose last request has been answered. */
const IDLE_INTERVAL_MS = 50;
/** Asks for the longest queue of new connections; the kernel cuts it to net.core.somaxconn. */
const BACKLOG = 65_535;

/**
 * Listens; resolves when connections are accepted. Closing lets requests under way finish.
 * @throws StartError when the address cannot be had
 */
export async function startHttpServer({
  host,
  port,
}: {
  host: string;
  port: number;
}): Promise<HttpServer> {
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
  });
  server.on('clientError', answerClientError);
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  return {
    serve: (listener) => void server.on('request', listener),
    url: `http://${reachableHost(address)}:${address.port}`,
    [Symbol.asyncDispose]: () => close(server),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(listenFault(error, host, port, 'PORT')),
    );
    server.listen({ host, port, backlog: BACKLOG }, resolve);
  });
}

/** Says why an address cannot be listened on and which setting mends it. */
export function listenFault(
  error: NodeJS.ErrnoException,
  host: string,
  port: number,
  setting: string,
): Error {
  const where = `port ${port} on ${host}`;
  if (error.code === 'EADDRINUSE') {
    return new StartError(`${where} is in use: stop the program that holds it, or set ${setting}`);
  }
  if (error.code === 'EACCES')
    return new StartError(`${where} is not permitted: set ${setting} above 1023`);
  return new StartError(
    `cannot listen on ${where} (${error.code}): check ${setting.replace('PORT', 'HOST')}`,
  );
}

function reachableHost({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return family === 'IPv6' ? `[${address}]` : address;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_INTERVAL_MS);
  const limit = setTimeout(() => server.closeAllConnections(), CLOSE_LIMIT_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(limit);
}

const CLIENT_FAULTS: Record<string, [ProblemCode, string]> = {
  HPE_HEADER_OVERFLOW: [
    'headers-too-large',
    'The request line and headers are too long; send fewer.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    'request-timeout',
    'The request did not arrive in time; send it again.',
  ],
};

/** Answers what Node's parser refuses before any route sees it. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = CLIENT_FAULTS[error.code ?? ''] ?? [
    'malformed-request',
    'The request is no valid HTTP/1.1.',
  ];
  const problem = encodeProblem(new ChatError(code, detail));
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
