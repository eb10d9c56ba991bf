import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { nowUs } from './clock.ts';
import { ResponseScanner } from './posting/response-scanner.ts';
import type { Samples } from './samples.ts';
import { SseScanner, type SseSink } from './sse-scanner.ts';

const RECONNECT_MS = 50;

/** What one reader requests, and what it checks. */
export interface ReaderPlan {
  port: number;
  /** Request line and headers. Each line ends with CRLF; the empty line at the end is left out. */
  request: string;
  /**
   * The channel's epoch. With it the reader checks `seq`, and resumes at its position after a
   * close.
   */
  epoch?: string | undefined;
  /**
   * With `epoch`: the seq of the position to start at. Missing and repeated events count from
   * there.
   */
  after?: number | undefined;
  /** Whether each stamp's ordinal must equal the event's seq. */
  ordinalIsSeq?: boolean | undefined;
  /** Whether each frame with a stamp is an event, because frames have no `id`. */
  framesLackIds?: boolean | undefined;
  /** Trusted certificates for TLS. Without it the connection is plain. */
  trust?: SecureContext | undefined;
  /** Collects delivery latencies. */
  samples?: Samples | undefined;
}

/**
 * One reader of one stream on a bare socket, which counts the events it gets. All readers of a
 * process share `receiveBuffer`: each read is processed before the next one begins.
 */
export class Reader implements SseSink {
  events = 0;
  missing = 0;
  repeated = 0;
  mislabelled = 0;
  resets = 0;
  cutOff = 0;
  lastSeq: number;
  openedUs = 0;
  firstEventUs = 0;
  refusal = '';
  readonly #plan: ReaderPlan;
  readonly #receiveBuffer: Buffer;
  readonly #opened = Promise.withResolvers<void>();
  #socket: Socket | undefined;
  #readUs = 0;
  #closed = false;

  constructor(plan: ReaderPlan, receiveBuffer: Buffer) {
    this.#plan = plan;
    this.#receiveBuffer = receiveBuffer;
    this.lastSeq = plan.after ?? -1;
  }

  /** Connects. Resolves after the first `200`, and also when the reader is closed or refused. */
  open(): Promise<void> {
    this.#connect();
    return this.#opened.promise;
  }

  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
    this.#opened.resolve();
  }

  onEvent(seq: number, sentUs: number, ordinal: number): void {
    this.events++;
    if (this.events === 1) this.firstEventUs = nowUs();
    if (sentUs > 0) this.#plan.samples?.add(this.#readUs - sentUs);
    if (this.#plan.epoch === undefined) return;
    if (seq <= this.lastSeq) {
      this.repeated++;
      return;
    }
    if (this.lastSeq >= 0) this.missing += seq - this.lastSeq - 1;
    if (this.#plan.ordinalIsSeq && ordinal !== seq) this.mislabelled++;
    this.lastSeq = seq;
  }

  onReset(): void {
    this.resets++;
  }

  #connect(): void {
    const { samples, ordinalIsSeq, framesLackIds = false, port } = this.#plan;
    const readStamps = samples !== undefined || ordinalIsSeq === true || framesLackIds;
    const events = new SseScanner(this, { readStamps, framesLackIds });
    const response = new ResponseScanner((bytes, start, end) => events.feed(bytes, start, end));
    const onread = {
      buffer: this.#receiveBuffer,
      callback: (byteCount: number, bytes: Uint8Array) => {
        this.#readUs = samples === undefined ? 0 : nowUs();
        response.feed(bytes as Buffer, 0, byteCount);
        if (this.openedUs === 0) this.#noteOpened(response.status);
        return true;
      },
    };
    this.#socket = this.#connectTo({ host: '127.0.0.1', port, onread });
    this.#socket.once('error', () => {});
    this.#socket.once('close', () => this.#reconnect());
    this.#socket.write(this.#requestHead());
  }

  #connectTo(address: NetConnectOpts): Socket {
    const { trust } = this.#plan;
    if (trust === undefined) return connect(address);
    return connectTls({ ...address, secureContext: trust, servername: 'localhost' });
  }

  #requestHead(): string {
    const { request, epoch } = this.#plan;
    const resumes = epoch !== undefined && this.lastSeq >= 0;
    return `${request}${resumes ? `Last-Event-ID: ${epoch}:${this.lastSeq}\r\n` : ''}\r\n`;
  }

  #noteOpened(status: number): void {
    if (status === 200) {
      this.openedUs = nowUs();
      this.#opened.resolve();
    } else if (status !== 0) {
      this.refusal = `HTTP ${status}`;
      this.close();
    }
  }

  #reconnect(): void {
    if (this.#closed) return;
    if (this.openedUs > 0) this.cutOff++;
    if (this.openedUs > 0 && this.#plan.epoch === undefined) return;
    setTimeout(() => this.#closed || this.#connect(), RECONNECT_MS);
  }
}
