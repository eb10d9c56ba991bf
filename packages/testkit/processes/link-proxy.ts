import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * `open` passes everything. `cut` ends every connection. `held` passes nothing and closes nothing.
 */
type State = 'open' | 'cut' | 'held';

/**
 * A link between two components that can fail: a TCP port that passes each connection to the next
 * of its targets, which are ports of this machine.
 */
export class LinkProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #targets: number[];
  readonly #sockets = new Set<Socket>();
  /** Those of the sockets that lead to clients. */
  readonly #near = new Set<Socket>();
  #state: State = 'open';
  #handedOn = 0;

  private constructor(server: Server, targets: number[]) {
    this.#server = server;
    this.#targets = targets;
    server.on('connection', (socket) => this.#handOn(socket));
  }

  /** Listens on a free port. */
  static async open(targets: number[]): Promise<LinkProxy> {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LinkProxy(server, targets);
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Ends every connection, and each new one at once. */
  cut(): void {
    this.#state = 'cut';
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Lets nothing through and closes nothing; data that were sent arrive after `heal`. */
  hold(): void {
    this.#state = 'held';
    for (const socket of this.#sockets) socket.pause();
  }

  heal(): void {
    this.#state = 'open';
    for (const socket of this.#sockets) socket.resume();
  }

  /**
   * Lets new connections through. Those that are held stay open and silent, as after a long sleep; one
   * on which the client sends is reset, since the server has forgotten it.
   */
  healForNew(): void {
    this.#state = 'open';
    for (const near of this.#near)
      near
        .removeAllListeners('data')
        .on('data', () => near.resetAndDestroy())
        .resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #handOn(near: Socket): void {
    if (this.#state === 'cut') {
      near.resetAndDestroy();
      return;
    }
    const target = this.#targets[this.#handedOn++ % this.#targets.length] ?? 0;
    const far = connect({ port: target, host: '127.0.0.1' });
    this.#near.add(near);
    near.on('close', () => this.#near.delete(near));
    this.#join(near, far);
    this.#join(far, near);
    if (this.#state === 'held') for (const socket of [near, far]) socket.pause();
    else near.resume();
  }

  /** Writes the bytes itself, because `pipe` would resume a held socket. */
  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes) => {
      if (!to.write(bytes)) from.pause();
    });
    from.on('drain', () => {
      if (this.#state !== 'held') to.resume();
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
  }
}
