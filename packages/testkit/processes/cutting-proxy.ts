import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP port that passes each connection to one of its targets, which are ports of this machine, and
 * cuts it after a random number of bytes from the target. A target that refuses is left out.
 */
export class CuttingProxy implements AsyncDisposable {
  /** The number of connections that were cut. */
  cuts = 0;
  /** False: connections are no longer cut. */
  isCutting = true;
  readonly #server: Server;
  readonly #targets: number[];
  readonly #bytes: () => number;
  readonly #sockets = new Set<Socket>();
  #next = 0;

  private constructor(server: Server, targets: number[], bytes: () => number) {
    this.#server = server;
    this.#targets = targets;
    this.#bytes = bytes;
    server.on('connection', (socket) => this.#pass(socket, targets.length));
  }

  /** Listens on a free port. `bytes` gives the number of bytes that a connection may receive. */
  static async open(targets: number[], bytes: () => number): Promise<CuttingProxy> {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CuttingProxy(server, targets, bytes);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(near: Socket, attempts: number): void {
    const port = this.#targets[this.#next++ % this.#targets.length] ?? 0;
    const far = connect({ port, host: '127.0.0.1' });
    far.once('error', () => {
      if (far.bytesRead === 0 && attempts > 1 && !near.destroyed) this.#pass(near, attempts - 1);
      else near.destroy();
    });
    far.once('connect', () => this.#join(near, far));
  }

  #join(near: Socket, far: Socket): void {
    let left = this.#bytes();
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (bytes: Buffer) => {
      if (!this.isCutting || bytes.length < left) {
        left -= bytes.length;
        near.write(bytes);
        return;
      }
      this.cuts++;
      near.end(bytes.subarray(0, left), () => near.destroy());
      far.destroy();
    });
  }
}
