/** An event of a stream. `name` is `message` when the stream names none. */
export interface StreamEvent {
  name: string;
  data: string;
  /** The newest id of the stream. */
  id: string;
}

/**
 * Reads an event stream from pieces of text (WHATWG HTML, section 9.2.6). Calls back with each event,
 * and with each `retry`.
 */
export class SseParser {
  readonly #onEvent: (event: StreamEvent) => void;
  readonly #onRetry: (ms: number) => void;
  #rest = '';
  #name = '';
  #data: string[] = [];
  #id = '';
  #nextId = '';

  constructor(onEvent: (event: StreamEvent) => void, onRetry: (ms: number) => void) {
    this.#onEvent = onEvent;
    this.#onRetry = onRetry;
  }

  push(text: string): void {
    this.#rest += text;
    // A carriage return at the end may be the first half of a line break.
    const whole = this.#rest.endsWith('\r') ? this.#rest.slice(0, -1) : this.#rest;
    const lines = whole.split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + this.#rest.slice(whole.length);
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#nextId = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.#onRetry(Number(value));
  }

  #dispatch(): void {
    this.#id = this.#nextId;
    const [name, data] = [this.#name || 'message', this.#data];
    this.#name = '';
    this.#data = [];
    if (data.length > 0) this.#onEvent({ name, data: data.join('\n'), id: this.#id });
  }
}
