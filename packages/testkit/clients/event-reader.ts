import type { PresenceChange } from '@parley/contract/channels/presence.ts';
import { type ChatEvent, type ChatMessage, EVENT_KINDS } from '@parley/contract/events/event.ts';
import type { Hello, Reset } from '@parley/contract/streams/sse.ts';
import { EventSource } from 'eventsource';
import { until } from '../until.ts';

/** A reader with a standard EventSource, which reconnects by itself like a browser's. */
export class EventReader implements Disposable {
  /** The messages, in order of arrival. */
  readonly events: ChatMessage[] = [];
  /** Events of every kind, in order of arrival. */
  readonly log: ChatEvent[] = [];
  readonly ids: string[] = [];
  readonly hellos: Hello[] = [];
  readonly resets: Reset[] = [];
  readonly presences: PresenceChange[] = [];
  readonly #url: URL;
  readonly #headers: Record<string, string>;
  #source: EventSource;
  #lastId = '';
  #closed = false;

  /**
   * `query` follows the channel in the URL, for example `?last=5`; `headers` are those that a page
   * cannot set.
   */
  constructor(url: string, channel: string, query = '', headers: Record<string, string> = {}) {
    this.#headers = headers;
    this.#url = new URL(`${url}/broadcast/${encodeURIComponent(channel)}${query}`);
    this.#source = this.#open();
  }

  get seqs(): number[] {
    return this.events.map(({ seq }) => seq);
  }

  /** Resolves when the stream has sent `times` hellos. */
  greeted(times = 1): Promise<void> {
    return until(
      `${times} hello(s) arrived, not ${this.hellos.length}`,
      () => this.hellos.length >= times,
    );
  }

  /** Resolves when `count` messages have arrived. */
  received(count: number, limitMs?: number): Promise<void> {
    return until(`${count} events came`, () => this.events.length >= count, limitMs);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#source.close();
  }

  /** Listens to another kind of event on the currently open connection. */
  listen(name: string, listener: (event: { data: string; lastEventId: string }) => void): void {
    this.#source.addEventListener(name, listener);
  }

  #take({ data, lastEventId }: { data: string; lastEventId: string }): void {
    const event: ChatEvent = JSON.parse(data);
    this.log.push(event);
    if (event.kind === 'message') this.events.push(event);
    this.ids.push(lastEventId);
    this.#lastId = lastEventId;
  }

  #open(): EventSource {
    const source = new EventSource(this.#url, {
      fetch: (address, init) =>
        fetch(address, { ...init, headers: { ...init.headers, ...this.#headers } }),
    });
    for (const kind of EVENT_KINDS) source.addEventListener(kind, (event) => this.#take(event));
    source.addEventListener('hello', ({ data, lastEventId }) => {
      this.hellos.push(JSON.parse(data));
      if (lastEventId !== '') this.#lastId = lastEventId;
    });
    source.addEventListener('reset', ({ data }) => this.resets.push(JSON.parse(data)));
    source.addEventListener('presence', ({ data }) => this.presences.push(JSON.parse(data)));
    // A refused connection ends an EventSource for good. Like a page, this class then makes a new
    // one.
    source.onerror = () => {
      if (this.#closed || source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => {
        if (this.#closed) return;
        if (this.#lastId !== '') this.#url.searchParams.set('lastEventId', this.#lastId);
        this.#source = this.#open();
      }, 100);
    };
    return source;
  }
}
