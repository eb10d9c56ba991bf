import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { listen, reachableAddress } from '@parley/kit/http/server/listen.ts';
import type { Connections } from './connections.ts';
import type { Endpoints } from './endpoints.ts';

const HANDSHAKE_LIMIT_MS = 5_000;

/** The servers that accept MQTT over TCP and TLS. */
export class Listeners {
  readonly #endpoints: Endpoints;
  readonly #plain: Server | undefined;
  readonly #tls: Server | undefined;

  /** `serve` receives each connection, after the handshake where there is TLS. */
  constructor(
    endpoints: Endpoints,
    { connections, serve }: { connections: Connections; serve: (socket: Socket) => void },
  ) {
    const add = (socket: Socket) => connections.add(socket, socket.remoteAddress);
    const { plain, tls } = endpoints;
    this.#endpoints = endpoints;
    // First counted, then served: `serve` passes over a connection that its address's limit has closed.
    this.#plain = plain && createServer().on('connection', add).on('connection', serve);
    this.#tls =
      tls &&
      createTlsServer({ ...tls.files, handshakeTimeout: HANDSHAKE_LIMIT_MS }, serve).on(
        'connection',
        add,
      );
  }

  /** `mqtt://host:port`, as a program on this machine reaches it. */
  get url(): string | undefined {
    return this.#plain && `mqtt://${reachableAddress(this.#plain)}`;
  }

  /** `mqtts://host:port`, as a program on this machine reaches it. */
  get tlsUrl(): string | undefined {
    return this.#tls && `mqtts://${reachableAddress(this.#tls)}`;
  }

  /** @throws StartError when an address cannot be used */
  async listen(): Promise<void> {
    const { plain, tls } = this.#endpoints;
    if (this.#plain && plain) await listen(this.#plain, { ...plain, setting: 'MQTT_PORT' });
    if (this.#tls && tls) {
      await listen(this.#tls, { host: tls.host, port: tls.port, setting: 'MQTT_TLS_PORT' });
    }
  }

  /** @throws Error when a server does not listen */
  async check(): Promise<void> {
    if (!this.#servers.every(({ listening }) => listening)) throw new Error('not listening');
  }

  /** Accepts no further connections; resolves when all connections are closed. */
  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    await Promise.all(closed);
  }

  get #servers(): Server[] {
    return [this.#plain, this.#tls].filter((server) => server !== undefined);
  }
}
