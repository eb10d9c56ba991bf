import { connect, type Socket } from 'node:net';
import type { PostTarget } from './poster-calls.ts';
import { ResponseScanner } from './response-scanner.ts';

/** A complete answer. Status 0: the connection broke before the answer was complete. */
export interface PostAnswer {
  status: number;
  text: string;
}

const BROKEN: PostAnswer = { status: 0, text: '' };

/**
 * `count` connections, spread round-robin over a target's ports. Each connects at its first post.
 */
export function spreadConnections({ ports }: PostTarget, count: number): PostConnection[] {
  return Array.from(
    { length: count },
    (_, index) => new PostConnection(ports[index % ports.length] ?? ports[0]),
  );
}

/** One keep-alive connection. It posts one request at a time, and connects again after a close. */
export class PostConnection {
  readonly #port: number;
  readonly #response: ResponseScanner;
  #socket: Socket | undefined;
  #text = '';
  #answer: PromiseWithResolvers<PostAnswer> | undefined;

  constructor(port: number) {
    this.#port = port;
    this.#response = new ResponseScanner((bytes, start, end) => {
      this.#text += bytes.toString('latin1', start, end);
    });
  }

  /** Sends a whole request. Never rejects. */
  post(request: string): Promise<PostAnswer> {
    const socket = this.#socket ?? this.#connect();
    this.#answer = Promise.withResolvers();
    this.#text = '';
    this.#response.restart();
    socket.write(request, 'latin1');
    return this.#answer.promise;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true });
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.once('error', () => {});
    socket.once('close', () => {
      this.#socket = undefined;
      this.#settle(BROKEN);
    });
    this.#socket = socket;
    return socket;
  }

  #receive(bytes: Buffer): void {
    this.#response.feed(bytes, 0, bytes.length);
    if (this.#response.done) this.#settle({ status: this.#response.status, text: this.#text });
  }

  #settle(answer: PostAnswer): void {
    this.#answer?.resolve(answer);
    this.#answer = undefined;
  }
}
