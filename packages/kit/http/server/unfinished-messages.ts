import type { WebSocket } from 'ws';
import type { Metrics } from '../../metrics.ts';

/** Bytes of WebSocket messages that have begun and not ended, over all connections. */
const UNFINISHED_MAX_BYTES = 64 * 1_048_576;
const LOOK_EVERY_MS = 250;

/** What ws has read of a message; it has no public name for it (ws 8.23, lib/receiver.js). */
interface Reading {
  _receiver?: { _bufferedBytes: number; _messageLength: number };
}

/**
 * Bounds what WebSocket messages cost whose clients do not finish them. Beyond 64 MB over all
 * connections, those that have been in the middle of a message for longest are cut.
 */
export class UnfinishedMessages {
  /** Each open WebSocket, and since when it has been in the middle of a message. */
  readonly #since = new Map<WebSocket, number | undefined>();
  readonly #maxBytes: number;
  readonly #gauge: { inc(by: number): void };
  readonly #cut: () => void;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(metrics: Metrics, maxBytes = UNFINISHED_MAX_BYTES) {
    this.#maxBytes = maxBytes;
    // Broker and broadcast may share a process, and then share this gauge.
    this.#gauge = metrics.gauge({
      name: 'parley_websocket_unfinished_bytes',
      help: 'Bytes of WebSocket messages that have begun and not ended.',
    });
    const cut = metrics.counter({
      name: 'parley_websocket_unfinished_cut_total',
      help: 'WebSockets that were cut because their messages did not end.',
    });
    this.#cut = () => cut.inc();
  }

  /** Watches a WebSocket until it closes. */
  watch(webSocket: WebSocket): void {
    this.#since.set(webSocket, undefined);
    this.#timer ??= setInterval(() => this.#look(performance.now()), LOOK_EVERY_MS).unref();
    webSocket.on('message', () => this.#since.set(webSocket, undefined));
    webSocket.once('close', () => {
      this.#since.delete(webSocket);
      if (this.#since.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#look(0);
    });
  }

  /** Counts what is unfinished and cuts what is too much. */
  #look(nowMs: number): void {
    const unfinished: { webSocket: WebSocket; bytes: number; since: number }[] = [];
    let sum = 0;
    for (const [webSocket, known] of this.#since) {
      const bytes = unfinishedBytes(webSocket);
      const since = bytes > 0 ? (known ?? nowMs) : undefined;
      this.#since.set(webSocket, since);
      if (since !== undefined) unfinished.push({ webSocket, bytes, since });
      sum += bytes;
    }
    unfinished.sort((a, b) => a.since - b.since);
    for (const { webSocket, bytes } of unfinished) {
      if (sum <= this.#maxBytes) break;
      sum -= bytes;
      webSocket.terminate();
      this.#cut();
    }
    this.#gauge.inc(sum - this.#bytes);
    this.#bytes = sum;
  }
}

function unfinishedBytes(webSocket: WebSocket): number {
  const { _receiver: receiver } = webSocket as unknown as Reading;
  return receiver ? receiver._bufferedBytes + receiver._messageLength : 0;
}
