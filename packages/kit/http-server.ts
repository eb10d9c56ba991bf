import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { answerClientFault } from './client-faults.ts';
import { closeInOrder } from './close-in-order.ts';
import { listen, reachableAddress } from './listen.ts';
import type { Setting } from './settings.ts';

export interface HttpConfig {
  host: string;
  port: number;
  serverName: string;
  trustedProxies: string;
}

/** Where a part listens; each part has its own default port, so that all can run on one machine. */
export function httpSettings(defaultPort: number): {
  host: Setting<string>;
  port: Setting<number>;
  serverName: Setting<string>;
  trustedProxies: Setting<string>;
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
    trustedProxies: {
      doc: 'Proxies that are believed when they say who asks (X-Forwarded-For): addresses and networks such as 10.0.0.0/8, or loopback, linklocal and uniquelocal, with commas between; empty: none.',
      format: 'list of proxies',
      default: '',
      env: 'TRUSTED_PROXIES',
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

/**
 * Listens; resolves when connections are accepted. Closing lets requests under way finish.
 * @throws StartError when the address cannot be had
 */
export async function startHttpServer({
  host,
  port,
  serverName,
}: Omit<HttpConfig, 'trustedProxies'>): Promise<HttpServer> {
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
  });
  server.on('clientError', (error, socket) =>
    answerClientFault(error, socket as Socket, serverName),
  );
  await listen(server, { host, port, setting: 'PORT' });
  return {
    url: `http://${reachableAddress(server)}`,
    serve: (listener) => void server.on('request', listener),
    [Symbol.asyncDispose]: () => closeInOrder(server),
  };
}
