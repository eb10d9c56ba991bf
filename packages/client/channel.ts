import type { Emitter } from './emitter.ts';
import type { ParleyError } from './error.ts';
import type {
  LogEvent,
  Message,
  Page,
  Presence,
  Receipt,
  Reset,
  Signal,
  TypedEvent,
} from './events.ts';
import type { Http } from './http.ts';
import type { Outbox } from './outbox.ts';

/** Where a channel begins; without both, from now. */
export interface ChannelOptions {
  /** A position `<epoch>:<seq>`, such as the `id` of an event; `<epoch>:0` is the whole channel. */
  after?: string;
  /** The number of newest events to begin with. */
  last?: number;
}

/** What a post may have beside its text or type. */
export interface PostOptions {
  /** The author, where the client has no token with a name. */
  username?: string;
  /** Any JSON value, for a message. */
  data?: unknown;
  /** An Idempotency-Key of your own; a repeat of the same post stores nothing. */
  key?: string;
}

/** A listener for the events of a name. */
export type Handler<Name extends string> = (
  event: Name extends 'message'
    ? Message
    : Name extends 'signal'
      ? Signal
      : Name extends 'reset'
        ? Reset
        : Name extends 'presence'
          ? Presence
          : Name extends 'error'
            ? ParleyError
            : Name extends '*'
              ? LogEvent
              : // biome-ignore lint/suspicious/noExplicitAny: the data is the application's own
                TypedEvent<any>,
) => void;

interface ChannelParts {
  http: Http;
  outbox: Outbox;
  emitter: Emitter;
  username: string | undefined;
  /** Resolves when the channel has begun. */
  begun: Promise<void>;
  /** The position of the newest event. */
  position: () => string | undefined;
  close: () => void;
}

/** One channel of a client. */
export class Channel implements AsyncIterable<LogEvent> {
  readonly name: string;
  readonly #parts: ChannelParts;
  readonly #ends = new Set<() => void>();

  constructor(name: string, parts: ChannelParts) {
    this.name = name;
    this.#parts = parts;
  }

  /** The position of the newest event that was delivered; give it as `after` to go on later. */
  get position(): string | undefined {
    return this.#parts.position();
  }

  /**
   * Calls `handler` with each event of a name: `message`, a type of your own such as `order.shipped`,
   * another kind of the log (`vote`, `edit`, `delete`, `close`, `reopen`), `*` for all events of the
   * log, `signal`, `presence`, `reset`, or `error`. Returns what ends that.
   */
  on<Name extends string>(name: Name, handler: Handler<Name>): () => void {
    return this.#parts.emitter.on(name, handler as (value: unknown) => void);
  }

  /** The events of the log from now on; ends when the channel is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<LogEvent> {
    const events: LogEvent[] = [];
    let ended = false;
    let wake: () => void = () => undefined;
    const off = this.on('*', (event) => {
      events.push(event);
      wake();
    });
    const end = () => {
      ended = true;
      wake();
    };
    this.#ends.add(end);
    try {
      while (!ended || events.length > 0) {
        const event = events.shift();
        if (event) yield event;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      off();
      this.#ends.delete(end);
    }
  }

  /**
   * Posts a message. Resolves when it is stored; it is repeated until it is answered.
   * @throws ParleyError with the refusal
   */
  send(message: string, { key, ...options }: PostOptions = {}): Promise<Receipt> {
    return this.#post({ message, ...options }, key);
  }

  /** Posts a typed event, as `send` does. @throws ParleyError with the refusal */
  emit(
    type: string,
    data: unknown = null,
    { key, ...options }: PostOptions = {},
  ): Promise<Receipt> {
    return this.#post({ type, ...options, data }, key);
  }

  /** Sends a signal once: it is not stored and not repeated. @throws ParleyError */
  async signal(type: string, data: unknown = null): Promise<void> {
    await this.#parts.http.json(this.#path(''), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(this.#named({ type, data, store: false })),
    });
  }

  /**
   * A page of the past: the newest events, those `before` a seq, or those `after` one.
   * @throws ParleyError
   */
  history({
    before,
    after,
    limit = 100,
  }: {
    before?: number;
    after?: number;
    limit?: number;
  } = {}) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (after !== undefined) query.set('after', String(after));
    else query.set('before', String(before ?? Number.MAX_SAFE_INTEGER));
    return this.#parts.http.json<Page>(this.#path(`/events?${query}`));
  }

  /** Who reads the channel now. @throws ParleyError */
  presence(): Promise<Presence> {
    const path = `/broadcast/${encodeURIComponent(this.name)}/presence`;
    return this.#parts.http.json<Presence>(path);
  }

  /** Ends the channel here: its listeners get no more. */
  close(): void {
    for (const end of this.#ends) end();
    this.#parts.close();
    this.#parts.emitter.clear();
  }

  #post(fields: object, key: string | undefined): Promise<Receipt> {
    const { outbox, begun } = this.#parts;
    return outbox.post(this.name, { fields: this.#named(fields), begun, ...(key && { key }) });
  }

  #named<T extends object>(fields: T): T & { username?: string } {
    const { username } = this.#parts;
    return username === undefined || 'username' in fields ? fields : { username, ...fields };
  }

  #path(tail: string): string {
    return `/chat/${encodeURIComponent(this.name)}${tail}`;
  }
}
