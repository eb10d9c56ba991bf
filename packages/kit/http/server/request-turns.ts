import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '../../metrics.ts';

/** Pipelined requests that wait for their turn, over all connections; about 4 KB each. */
const WAITING_MAX = 5_000;

interface Turn {
  /** Start the answers of the requests that wait, in their order. */
  waiting: (() => void)[];
  /** Requests that were read and are not answered yet. */
  open: number;
}

/**
 * Answers the requests of one connection one after the other; each answer starts when the one
 * before it has left. So a client that pipelines requests and reads no answers costs one answer.
 * While requests wait, nothing more is read from their connection. Over all connections at most
 * 5,000 requests wait; a connection that brings one more is cut.
 */
export class RequestTurns {
  readonly #turns = new WeakMap<Socket, Turn>();
  readonly #cut: () => void;
  #waiting = 0;

  constructor(metrics: Metrics) {
    metrics.gauge({
      name: 'parley_http_requests_waiting',
      help: 'Pipelined requests that wait for the answer to the request before them.',
      collect: () => this.#waiting,
    });
    const cut = metrics.counter({
      name: 'parley_http_pipelines_cut_total',
      help: 'Connections that were cut because too many pipelined requests waited.',
    });
    this.#cut = () => cut.inc();
  }

  /** True when no other request on the connection waits for an answer. */
  isFirst({ socket }: IncomingMessage): boolean {
    return (this.#turns.get(socket)?.open ?? 0) === 0;
  }

  /** The listener, called for each request when its turn comes. */
  inTurn(listener: RequestListener): RequestListener {
    return (request, response) => {
      const turn = this.#turnOf(request.socket);
      turn.open++;
      response.on('close', () => this.#next(request.socket, turn));
      if (turn.open === 1) listener(request, response);
      else this.#wait(request.socket, turn, () => listener(request, response));
    };
  }

  #turnOf(socket: Socket): Turn {
    const known = this.#turns.get(socket);
    if (known) return known;
    const turn: Turn = { waiting: [], open: 0 };
    this.#turns.set(socket, turn);
    socket.once('close', () => this.#forget(turn));
    return turn;
  }

  #wait(socket: Socket, turn: Turn, begin: () => void): void {
    if (this.#waiting >= WAITING_MAX) {
      if (!socket.destroyed) this.#cut();
      socket.destroy();
      return;
    }
    turn.waiting.push(begin);
    this.#waiting++;
    socket.pause();
  }

  #next(socket: Socket, turn: Turn): void {
    turn.open--;
    const begin = turn.waiting.shift();
    if (!begin) return;
    this.#waiting--;
    if (socket.destroyed) return;
    if (turn.waiting.length === 0) socket.resume();
    begin();
  }

  #forget(turn: Turn): void {
    this.#waiting -= turn.waiting.length;
    turn.waiting.length = 0;
  }
}
