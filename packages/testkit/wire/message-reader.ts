/** The start line of an HTTP/1.1 message and its headers by lower-case name, repeated ones joined. */
export interface Head {
  startLine: string;
  headers: Map<string, string>;
}

/** Receives the parts of each message, in order. */
export interface Listener {
  /**
   * Returns whether a body follows, which only the listener knows (RFC 9112 section 6.3). `rest`: all
   * further bytes.
   */
  head(head: Head): 'no body' | 'body' | 'body or until close' | 'rest';
  body(bytes: Buffer): void;
  end(): void;
}

type Step = 'head' | 'length' | 'chunk size' | 'chunk' | 'trailer' | 'rest';

const NOTHING = Buffer.alloc(0);

/** Reads the HTTP/1.1 messages of one direction of a connection. */
export class MessageReader {
  readonly #listener: Listener;
  #step: Step = 'head';
  #left = 0;
  #unread: Buffer = NOTHING;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** Reads the next bytes. @throws Error if they are not HTTP/1.1 */
  push(bytes: Buffer): void {
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    while (this.#unread.length > 0 && this.#advance());
  }

  /** Ends the input. A body without another end ends here. */
  close(): void {
    if (this.#step === 'rest') this.#finish();
  }

  #advance(): boolean {
    switch (this.#step) {
      case 'head':
        return this.#takeHead();
      case 'rest':
        this.#listener.body(this.#take(this.#unread.length));
        return false;
      case 'chunk size':
        return this.#takeChunkSize();
      case 'trailer':
        return this.#takeTrailer();
      default:
        return this.#takeCounted();
    }
  }

  #takeHead(): boolean {
    const text = this.#takeUntil('\r\n\r\n');
    if (text === undefined) return false;
    const [startLine = '', ...lines] = text.replace(/^(?:\r\n)+/, '').split('\r\n');
    if (!/^(?:HTTP\/1\.1 \d{3} |[A-Z]+ \S+ HTTP\/1\.1$)/.test(startLine)) {
      throw new Error(`no HTTP/1.1: ${startLine}`);
    }
    const headers = readHeaders(lines);
    const body = this.#listener.head({ startLine, headers });
    const length = Number(headers.get('content-length') ?? 0);
    if (body === 'no body') this.#finish();
    else if (body === 'rest') this.#step = 'rest';
    else if (headers.get('transfer-encoding') === 'chunked') this.#step = 'chunk size';
    else if (headers.has('content-length')) this.#count('length', length);
    else if (body === 'body or until close') this.#step = 'rest';
    else this.#finish();
    return true;
  }

  #takeChunkSize(): boolean {
    const line = this.#takeUntil('\r\n');
    if (line === undefined) return false;
    const size = Number.parseInt(line, 16);
    if (size === 0) this.#step = 'trailer';
    else this.#count('chunk', size + 2);
    return true;
  }

  #takeTrailer(): boolean {
    const line = this.#takeUntil('\r\n');
    if (line === '') this.#finish();
    return line !== undefined;
  }

  /**
   * Reads a body of known length, or a chunk with its line break, which does not belong to the
   * body.
   */
  #takeCounted(): boolean {
    const chunk = this.#step === 'chunk';
    const bytes = this.#take(this.#left);
    const breakBytes = chunk ? Math.max(0, bytes.length - Math.max(0, this.#left - 2)) : 0;
    this.#left -= bytes.length;
    this.#listener.body(bytes.subarray(0, bytes.length - breakBytes));
    if (this.#left > 0) return true;
    if (chunk) this.#step = 'chunk size';
    else this.#finish();
    return true;
  }

  #count(step: Step, bytes: number): void {
    this.#step = step;
    this.#left = bytes;
    if (bytes === 0) this.#finish();
  }

  #finish(): void {
    this.#step = 'head';
    this.#listener.end();
  }

  #take(atMost: number): Buffer {
    const bytes = this.#unread.subarray(0, atMost);
    this.#unread = this.#unread.subarray(bytes.length);
    return bytes;
  }

  #takeUntil(end: string): string | undefined {
    const at = this.#unread.indexOf(end);
    return at < 0 ? undefined : this.#take(at + end.length).toString('latin1', 0, at);
  }
}

function readHeaders(lines: string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}
