import { until } from '../until.ts';

/** The text of a stream, requested with headers; it does not reconnect. */
export class StreamText implements Disposable {
  /** All received text. */
  text = '';
  /** Resolves with the time at which the server ended the stream. */
  readonly closed: Promise<number>;
  readonly #stop = new AbortController();

  /** `under` is the path of the streams; the channel follows it. */
  constructor(
    url: string,
    channel: string,
    headers: Record<string, string>,
    under = '/broadcast/',
  ) {
    this.closed = this.#read(url + under + channel, headers);
    this.closed.catch(() => undefined);
  }

  /** The stream's name, once its hello has arrived. */
  async name(): Promise<string> {
    await until('hello arrived', () => this.text.includes('event: hello\n'));
    return /"stream":"([^"]+)"/.exec(this.text)?.[1] ?? '';
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #read(url: string, headers: Record<string, string>): Promise<number> {
    const response = await fetch(url, { headers, signal: this.#stop.signal });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      this.text += decoder.decode(chunk, { stream: true });
    }
    return Date.now();
  }
}
