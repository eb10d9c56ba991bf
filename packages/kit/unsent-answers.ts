import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from './metrics.ts';

/** Bytes of answers that clients have not read yet, over all connections. */
const UNSENT_MAX_BYTES = 64 * 1_048_576;
/** How long a client may read nothing of an answer that waits for it. */
const STALL_LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 250;

interface Open {
  socket: Socket;
  /** Bytes that the client had read at the last look. */
  taken: number;
  /** When it last read something. */
  since: number;
}

/**
 * Bounds what answers cost that clients do not read: beyond 64 MB over all connections those that
 * have read nothing for longest are cut, and each one that reads nothing for 30 s.
 */
export class UnsentAnswers implements Disposable {
  readonly #open = new Map<ServerResponse, Open>();
  readonly #timer: NodeJS.Timeout;
  readonly #cut: () => void;
  #unsent = 0;

  constructor(metrics: Metrics) {
    metrics.gauge({
      name: 'parley_http_unsent_bytes',
      help: 'Bytes of answers that clients have not read yet.',
      collect: () => this.#look(performance.now()),
    });
    const cut = metrics.counter({
      name: 'parley_http_answers_cut_total',
      help: 'Connections that were cut because their clients did not read an answer.',
    });
    this.#cut = () => cut.inc();
    this.#timer = setInterval(() => this.#look(performance.now()), LOOK_EVERY_MS).unref();
  }

  /** The listener, with its answers watched. */
  watching(listener: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request;
      this.#open.set(response, { socket, taken: takenBytes(socket), since: performance.now() });
      response.once('close', () => this.#open.delete(response));
      response.once('prefinish', () => this.#add(socket.writableLength));
      listener(request, response);
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #add(bytes: number): void {
    this.#unsent += bytes;
    if (this.#unsent > UNSENT_MAX_BYTES) this.#look(performance.now());
  }

  /** Counts what is unsent and cuts what is too much; returns the count. */
  #look(nowMs: number): number {
    this.#unsent = 0;
    const waiting: Open[] = [];
    for (const [response, open] of this.#open) {
      // A stream has taken the socket over; its hub watches it.
      if (response.socket !== open.socket) this.#open.delete(response);
      else if (open.socket.writableLength > 0) waiting.push(open);
    }
    for (const open of waiting) {
      this.#unsent += open.socket.writableLength;
      const taken = takenBytes(open.socket);
      if (taken > open.taken) open.since = nowMs;
      open.taken = taken;
    }
    waiting.sort((a, b) => a.since - b.since);
    for (const { socket, since } of waiting) {
      if (this.#unsent <= UNSENT_MAX_BYTES && nowMs - since <= STALL_LIMIT_MS) break;
      this.#unsent -= socket.writableLength;
      socket.destroy();
      this.#cut();
    }
    return this.#unsent;
  }
}

function takenBytes(socket: Socket): number {
  return socket.bytesWritten - socket.writableLength;
}
