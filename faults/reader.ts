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
  channel: string;
  span: Span;
  /** Told of each event as it comes. */
  onEvent: (seq: number) => void;
}

/**
 * A reader of the broadcasts' event streams that does what a browser's EventSource does, without
 * its cost: after every end it waits as long as `retry` said and asks the next broadcast, with
 * Last-Event-ID.
 */
export class Reader implements Disposable {
  readonly span: Span;
  readonly #reading: Reading;
  readonly #closed = new AbortController();
  readonly #greeted = Promise.withResolvers<void>();
  #retryMs = RETRY_MS;
  connections = 0;

  /** `first` says which of the broadcasts it asks first. */
  constructor(reading: Reading, first: number) {
    this.#reading = reading;
    this.span = reading.span;
    void this.#run(first);
  }

  /** Resolves when the first stream has said hello. */
  get greeted(): Promise<void> {
    return this.#greeted.promise;
  }

  [Symbol.dispose](): void {
    this.#closed.abort();
  }

  async #run(first: number): Promise<void> {
    const { signal } = this.#closed;
    const { urls, channel } = this.#reading;
    for (let i = first; !signal.aborted; i++) {
      try {
        await this.#read(`${urls[i % urls.length]}/broadcast/${channel}`);
      } catch {
        // Refused or torn down: the next one is asked.
      }
      await delay(this.#retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #read(url: string): Promise<void> {
    const { position } = this.span;
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
      for (const frame of frames) this.#take(frame);
    }
    // The last line of a server that stops is how long to wait; no empty line follows it.
    if (rest.startsWith(RETRY)) this.#take(rest);
  }

  #take(frame: string): void {
    const lines = frame.split('\n');
    const field = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length);
    const retryMs = field(RETRY);
    if (retryMs !== undefined) this.#retryMs = Number(retryMs);
    const [id, data] = [field(ID), field(DATA)];
    if (data === undefined) return;
    if (id === undefined) this.#takeNotice(field(EVENT), data);
    else this.#takeEvent(id, data);
  }

  /** An event of the log, whose id is `<epoch>:<seq>`. */
  #takeEvent(id: string, data: string): void {
    const [epoch = '', seq] = id.split(':');
    this.span.take(epoch, Number(seq), data);
    this.#reading.onEvent(Number(seq));
  }

  #takeNotice(name: string | undefined, text: string): void {
    if (name === 'reset') this.span.reset(text);
    if (name !== 'hello') return;
    const { epoch, head } = JSON.parse(text);
    this.span.begin(epoch, head);
    this.#greeted.resolve();
  }
}
