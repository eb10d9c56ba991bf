const LF = 10;
const CR = 13;
const SEMICOLON = 59;

type State =
  | 'head'
  | 'body'
  | 'chunk-size'
  | 'chunk-extension'
  | 'chunk'
  | 'chunk-end'
  | 'trailer'
  | 'done';

/**
 * Reads HTTP/1.1 responses from one connection, one after the other, and reports the byte ranges of
 * their bodies. The end of a body is given by Content-Length, by chunks, or by the close of the
 * connection (RFC 9112, section 6).
 */
export class ResponseScanner {
  /** Status of the current response; 0 until its head is complete. */
  status = 0;
  readonly #onBody: (bytes: Buffer, start: number, end: number) => void;
  #state: State = 'head';
  #head = '';
  #remaining = 0;
  #trailerLineBytes = 0;

  constructor(onBody: (bytes: Buffer, start: number, end: number) => void) {
    this.#onBody = onBody;
  }

  /** True once a response is complete. Never true for a response that ends with the close. */
  get done(): boolean {
    return this.#state === 'done';
  }

  /** Prepares for the next response, on the same connection or on a new one. */
  restart(): void {
    this.status = 0;
    this.#state = 'head';
    this.#head = '';
  }

  /**
   * Reads the next bytes, from `start` to before `end`. Bytes after a complete response are
   * dropped.
   */
  feed(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end && this.#state !== 'done') at = this.#step(bytes, at, end);
  }

  #step(bytes: Buffer, at: number, end: number): number {
    switch (this.#state) {
      case 'head':
        return this.#takeHead(bytes, at, end);
      case 'body':
        return this.#takeBody(bytes, at, end, 'done');
      case 'chunk':
        return this.#takeBody(bytes, at, end, 'chunk-end');
      case 'trailer':
        return this.#takeTrailer(bytes[at], at);
      default:
        return this.#takeFraming(bytes[at] ?? LF, at);
    }
  }

  #takeHead(bytes: Buffer, at: number, end: number): number {
    this.#head += bytes.toString('latin1', at, end);
    const headEnd = this.#head.indexOf('\r\n\r\n');
    if (headEnd === -1) return end;
    const bodyBytes = this.#head.length - headEnd - 4;
    this.#chooseFraming(this.#head.slice(0, headEnd));
    this.#head = '';
    return end - bodyBytes;
  }

  #chooseFraming(head: string): void {
    this.status = Number(head.slice(9, 12));
    this.#remaining = 0;
    if (/\r\ntransfer-encoding:[^\r]*chunked/i.test(head)) {
      this.#state = 'chunk-size';
      return;
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#remaining = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
    this.#state = this.#remaining === 0 ? 'done' : 'body';
  }

  #takeBody(bytes: Buffer, at: number, end: number, next: State): number {
    const stop = Math.min(end, at + this.#remaining);
    this.#remaining -= stop - at;
    if (this.#remaining === 0) this.#state = next;
    this.#onBody(bytes, at, stop);
    return stop;
  }

  #takeFraming(byte: number, at: number): number {
    if (this.#state === 'chunk-end') {
      if (byte === LF) this.#state = 'chunk-size';
    } else if (byte === LF) {
      this.#state = this.#remaining > 0 ? 'chunk' : 'trailer';
      this.#trailerLineBytes = 0;
    } else if (byte === SEMICOLON) {
      this.#state = 'chunk-extension';
    } else if (byte !== CR && this.#state === 'chunk-size') {
      this.#remaining = this.#remaining * 16 + hexDigit(byte);
    }
    return at + 1;
  }

  #takeTrailer(byte: number | undefined, at: number): number {
    if (byte === LF && this.#trailerLineBytes === 0) this.#state = 'done';
    else if (byte === LF) this.#trailerLineBytes = 0;
    else if (byte !== CR) this.#trailerLineBytes++;
    return at + 1;
  }
}

function hexDigit(byte: number): number {
  return byte <= 57 ? byte - 48 : (byte | 32) - 87;
}
