import type { EventsContract } from './events-contract.ts';
import { exchangeFaults, type SentResponse } from './exchange.ts';
import type { HttpContract } from './http-contract.ts';
import { type Head, MessageReader } from './message-reader.ts';
import type { SentRequest } from './request-fault.ts';
import { isStreamSocket, SocketTap } from './socket-tap.ts';
import { StreamReader } from './stream-reader.ts';

/** The contracts that traffic is checked against. */
export interface Contracts {
  http: HttpContract;
  events: EventsContract;
}

/** Reads both directions of one connection, and reports differences from the documents. */
export class Tap {
  readonly #contracts: Contracts;
  readonly #report: (fault: string) => void;
  readonly #waiting: Sent<SentRequest>[] = [];
  readonly #requests: MessageReader;
  readonly #responses: MessageReader;
  #response: Sent<SentResponse> | undefined;
  #stream: StreamReader | undefined;
  #socket: SocketTap | undefined;
  /** Bytes that the client sent after its request for a WebSocket and before the answer. */
  #early: Buffer[] = [];
  #readable = true;

  constructor(contracts: Contracts, report: (fault: string) => void) {
    this.#contracts = contracts;
    this.#report = report;
    this.#requests = this.#requestReader();
    this.#responses = this.#responseReader();
  }

  /**
   * Reads what the client sent. Bytes that are not HTTP/1.1 end the reading: no request follows
   * them.
   */
  request(bytes: Buffer): void {
    if (!this.#readable) return;
    try {
      this.#requests.push(bytes);
    } catch {
      this.#readable = false;
    }
  }

  /** Reads what Parley sent, which must be HTTP/1.1. */
  response(bytes: Buffer): void {
    try {
      this.#responses.push(bytes);
    } catch (error) {
      this.#report((error as Error).message);
    }
  }

  /** Parley closed its side. A truncated answer is checked as far as it arrived. */
  close(): void {
    this.#responses.close();
    if (this.#response) this.#judge();
  }

  #requestReader(): MessageReader {
    let current: Sent<SentRequest>;
    return new MessageReader({
      head: ({ startLine, headers }) => {
        const [method = '', target = ''] = startLine.split(' ');
        current = { method, target, headers, chunks: [], complete: false };
        this.#waiting.push(current);
        const isUpgrade = headers.get('upgrade')?.toLowerCase() === 'websocket';
        current.complete = isUpgrade;
        return isUpgrade ? 'rest' : 'body';
      },
      body: (bytes) => {
        if (!current.complete) current.chunks.push(bytes);
        else if (this.#socket) this.#socket.request(bytes);
        else this.#early.push(bytes);
      },
      end: () => {
        current.complete = true;
      },
    });
  }

  #responseReader(): MessageReader {
    return new MessageReader({
      head: (head) => this.#begin(head),
      body: (bytes) => this.#body(bytes),
      end: () => {
        if (this.#response) this.#response.complete = true;
        this.#judge();
      },
    });
  }

  #begin({ startLine, headers }: Head): 'no body' | 'body or until close' {
    const status = Number(startLine.split(' ')[1]);
    this.#response = { status, headers, chunks: [], complete: false };
    if (status === 101) this.#upgrade();
    const isStream = headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    const { target = '' } = this.#waiting[0] ?? {};
    const options = {
      untyped: /[?&]untyped=1/.test(target),
      placed: /[?&]hello=id/.test(target),
      many: target.startsWith('/broadcast?'),
    };
    this.#stream = isStream ? new StreamReader(this.#contracts.events, options) : undefined;
    const bodiless = this.#waiting[0]?.method === 'HEAD' || status === 304 || status === 204;
    return bodiless ? 'no body' : 'body or until close';
  }

  /** After an upgrade the bytes are not HTTP; only the WebSockets of streams are described. */
  #upgrade(): void {
    const request = this.#waiting[0];
    if (!request || !isStreamSocket(request.target)) {
      this.#readable = false;
      return;
    }
    const name = `GET ${request.target} -> WebSocket`;
    this.#socket = new SocketTap(this.#contracts.events, request, (fault) =>
      this.#report(`${name}: ${fault}`),
    );
    for (const bytes of this.#early) this.#socket.request(bytes);
  }

  #body(bytes: Buffer): void {
    if (this.#response?.status === 101) {
      this.#socket?.response(bytes);
      return;
    }
    if (!this.#stream) this.#response?.chunks.push(bytes);
    for (const fault of this.#stream?.push(bytes) ?? []) {
      this.#report(`GET ${this.#waiting[0]?.target} -> stream: ${fault}`);
    }
  }

  #judge(): void {
    const request = this.#waiting.shift();
    const response = this.#response as Sent<SentResponse>;
    this.#response = undefined;
    const whole = request && { ...request, body: Buffer.concat(request.chunks) };
    const answer = { ...response, body: Buffer.concat(response.chunks) };
    for (const fault of exchangeFaults(this.#contracts.http, whole, answer)) this.#report(fault);
  }
}

/** A message whose body is still arriving. */
type Sent<T> = Omit<T, 'body'> & { chunks: Buffer[] };
