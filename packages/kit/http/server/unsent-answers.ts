import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '../../metrics.ts';
import { OldestFirst } from './oldest-first.ts';

/** Bytes of answers that clients have not read yet, over all connections. */
const UNSENT_MAX_BYTES = 64 * 1_048_576;
/** How long a client may read nothing of its waiting answer. */
const STALL_LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 250;

interface Open {
  socket: Socket;
  response: ServerResponse;
  /** Bytes that the client had read at the last check. */
  taken: number;
  /** When the client last read something. */
  since: number;
}

/**
 * Bounds the memory for answers that clients do not read. Beyond 64 MB over all connections it cuts
 * the connections that have read nothing for longest. It also cuts each one that reads nothing for
 * 30 s.
 */
export class UnsentAnswers implements Disposable {
  readonly #open = new OldestFirst<Open>();
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

  /** Wraps the listener so that its answers are watched. */
  watching(listener: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request;
      const since = performance.now();
      const open = this.#open.add({ socket, response, taken: takenBytes(socket), since });
      response.on('close', () => this.#open.remove(open));
      response.on('prefinish', () => this.#add(socket.writableLength));
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

  /** Counts the unsent bytes, cuts connections beyond the bounds, and returns the count. */
  #look(nowMs: number): number {
    this.#unsent = 0;
    const waiting: Open[] = [];
    for (const entry of this.#open) {
      const { socket, response } = entry.value;
      // A stream has taken the socket over; the hub watches it.
      if (response.socket !== socket) this.#open.remove(entry);
      else if (socket.writableLength > 0) waiting.push(entry.value);
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
