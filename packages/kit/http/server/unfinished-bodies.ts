import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '../../metrics.ts';
import { type Entry, OldestFirst } from './oldest-first.ts';

/** Bytes of request bodies that have begun and not ended, over all connections. */
const UNFINISHED_MAX_BYTES = 64 * 1_048_576;
/**
 * The most bytes of a body that a route keeps; a body without Content-Length counts as much. A batch
 * of posts may be larger, and counts as much here: chat bounds the bytes of batches itself.
 */
export const BODY_MAX_BYTES = 65_536;

/** A body that a client is sending. */
interface Body {
  socket: Socket;
  bytes: number;
}

/**
 * Bounds what request bodies cost whose clients do not finish them: each counts with its
 * Content-Length from its headers to its end. Beyond 64 MB over all connections, the connections
 * whose bodies began first are cut: a body of a client that sends is there within milliseconds.
 */
export class UnfinishedBodies {
  readonly #open = new OldestFirst<Body>();
  readonly #cut: () => void;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(metrics: Metrics, maxBytes = UNFINISHED_MAX_BYTES) {
    this.#maxBytes = maxBytes;
    metrics.gauge({
      name: 'parley_http_body_bytes',
      help: 'Bytes of request bodies that have begun and not ended.',
      collect: () => this.#bytes,
    });
    const cut = metrics.counter({
      name: 'parley_http_bodies_cut_total',
      help: 'Connections that were cut because their request bodies did not end.',
    });
    this.#cut = () => cut.inc();
  }

  /** The listener, with the bodies of its requests watched. */
  watching(listener: RequestListener): RequestListener {
    return (request, response) => {
      const bytes = bodyBytes(request);
      if (bytes > 0) this.#begin(request, bytes);
      listener(request, response);
    };
  }

  #begin(request: IncomingMessage, bytes: number): void {
    const body = this.#open.add({ socket: request.socket, bytes });
    this.#bytes += bytes;
    const end = () => this.#end(body);
    request.on('end', end).on('close', end);
    if (this.#bytes > this.#maxBytes) this.#cutOldest();
  }

  #end(body: Entry<Body>): void {
    if (this.#open.remove(body)) this.#bytes -= body.value.bytes;
  }

  #cutOldest(): void {
    for (const body of this.#open) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#end(body);
      body.value.socket.destroy();
      this.#cut();
    }
  }
}

function bodyBytes({ headers }: IncomingMessage): number {
  if ('transfer-encoding' in headers) return BODY_MAX_BYTES;
  return Math.min(Number(headers['content-length'] ?? 0), BODY_MAX_BYTES);
}
