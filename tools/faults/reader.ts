import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Span } from './span.ts';

const RETRY_MS = 200;
const ID = 'id: ';
const DATA = 'data: ';
const EVENT = 'event: ';
const RETRY = 'retry: ';

interface Reading {
  urls: string[];
  /** The path of the stream. */
  path: string;
  span: Span;
  /** Called with each event. */
  onEvent: (seq: number) => void;
}

/**
 * A reader of the broadcasts' event streams that works as a browser's EventSource, at a lower cost.
 * After every end it waits for the time in `retry` and connects to the next broadcast with
 * Last-Event-ID.
 */
export class Reader implements Disposable {
  readonly span: Span;
  readonly #reading: Reading;
  readonly #closed = new AbortController();
  readonly #greeted = Promise.withResolvers<void>();
  /** The newest id, as an EventSource keeps it. */
  #lastId: string | undefined;
  #retryMs = RETRY_MS;
  connections = 0;

  /** `first` is the index of the broadcast that it connects to first. */
  constructor(reading: Reading, first: number) {
    this.#reading = reading;
    this.span = reading.span;
    void this.#run(first);
  }

  /** Resolves with the `hello` of the first stream. */
  get greeted(): Promise<void> {
    return this.#greeted.promise;
  }

  [Symbol.dispose](): void {
    this.#closed.abort();
  }

  async #run(first: number): Promise<void> {
    const { signal } = this.#closed;
    const { urls, path } = this.#reading;
    for (let i = first; !signal.aborted; i++) {
      try {
        await this.#read(urls[i % urls.length] + path);
      } catch {
        // The stream was refused or broken: try the next broadcast.
      }
      await delay(this.#retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #read(url: string): Promise<void> {
    const position = this.#lastId ?? this.span.position;
    const headers = position === undefined ? {} : { 'Last-Event-ID': position };
    const request = get(url, { headers, agent: false, signal: this.#closed.signal });
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) {
      response.destroy();
      return;
    }
    this.connections++;
    this.#retryMs = RETRY_MS;
    let rest = '';
    for await (const text of response.setEncoding('utf8')) {
      const frames = (rest + text).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) this.#receive(frame);
    }
    // A server that stops ends the stream with a `retry` line, without an empty line after it.
    if (rest.startsWith(RETRY)) this.#receive(rest);
  }

  #receive(frame: string): void {
    const lines = frame.split('\n');
    const field = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length);
    const retryMs = field(RETRY);
    if (retryMs !== undefined) this.#retryMs = Number(retryMs);
    const [id, data] = [field(ID), field(DATA)];
    if (data === undefined) return;
    if (id === undefined) this.#receiveNotice(field(EVENT), data);
    else this.#receiveEvent(id, data);
  }

  /** Receives an event of the log. */
  #receiveEvent(id: string, data: string): void {
    this.#lastId = id;
    const { epoch, seq } = JSON.parse(data);
    this.span.check(epoch, seq, data);
    this.#reading.onEvent(seq);
  }

  #receiveNotice(name: string | undefined, text: string): void {
    if (name === 'reset') this.span.reset(text);
    if (name !== 'hello') return;
    const hello = JSON.parse(text);
    // A stream of several channels lists them; the first one has the events.
    const { epoch, head } = hello.channels?.[0] ?? hello;
    this.span.begin(epoch, head);
    this.#greeted.resolve();
  }
}
