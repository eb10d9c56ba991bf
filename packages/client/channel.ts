import type { ParleyError } from './error.ts';
import type { MessageReceipt, Page, Presence, Receipt } from './events.ts';
import type { Http } from './http.ts';
import type { Outbox } from './outbox.ts';
import { Subscription, type SubscriptionParts } from './subscription.ts';

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
  /** The seq of the message that a message replies to. */
  replyTo?: number;
  /** An Idempotency-Key of your own; a repeat of the same post stores nothing. */
  key?: string;
  /** Ends the repeats; the post may be stored. */
  signal?: AbortSignal;
  /** Called before each repeat with the reason. */
  onRepeat?: (error: ParleyError) => void;
}

interface ChannelParts extends SubscriptionParts {
  http: Http;
  outbox: Outbox;
  username: string | undefined;
}

/** One channel of a client. */
export class Channel extends Subscription {
  readonly #parts: ChannelParts;

  constructor(name: string, parts: ChannelParts) {
    super(name, parts);
    this.#parts = parts;
  }

  /** The position of the newest event that was delivered; give it as `after` to go on later. */
  get position(): string | undefined {
    return this.#parts.position(this.name);
  }

  /**
   * Posts a message. Resolves when it is stored; it is repeated until it is answered.
   * @throws ParleyError with the refusal
   */
  send(message: string, options: PostOptions = {}): Promise<MessageReceipt> {
    return this.#post({ message }, options) as Promise<MessageReceipt>;
  }

  /** Posts a typed event, as `send` does. @throws ParleyError with the refusal */
  emit(type: string, data: unknown = null, options: PostOptions = {}): Promise<Receipt> {
    return this.#post({ type }, { ...options, data });
  }

  /** Sends a signal once: it is not stored and not repeated. @throws ParleyError */
  async signal(type: string, data: unknown = null): Promise<void> {
    await this.#parts.http.json(this.#path(''), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...this.#author, type, data, store: false }),
    });
  }

  /**
   * A page of the past: the newest events, those `before` a seq, or those `after` one. With `thread`
   * only that message and the replies to it.
   * @throws ParleyError
   */
  history({
    before,
    after,
    limit = 100,
    thread,
  }: {
    before?: number;
    after?: number;
    limit?: number;
    thread?: number;
  } = {}) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (after !== undefined) query.set('after', String(after));
    else query.set('before', String(before ?? Number.MAX_SAFE_INTEGER));
    if (thread !== undefined) query.set('thread', String(thread));
    return this.#parts.http.json<Page>(this.#path(`/events?${query}`));
  }

  /**
   * Marks what the account has read, up to a seq; the mark goes only forward. Resolves with the seq
   * that holds. @throws ParleyError
   */
  async markRead(seq: number): Promise<number> {
    const answer = await this.#parts.http.json<{ seq: number }>(this.#path('/read'), {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ seq }),
      // A page marks when it is left, too.
      keepalive: true,
    });
    return answer.seq;
  }

  /** Who reads the channel now. @throws ParleyError */
  presence(): Promise<Presence> {
    const path = `/broadcast/${encodeURIComponent(this.name)}/presence`;
    return this.#parts.http.json<Presence>(path);
  }

  #post(content: object, { key, signal, onRepeat, ...fields }: PostOptions): Promise<Receipt> {
    const whole = { ...this.#author, ...content, ...fields };
    return this.#parts.outbox.post(this.name, { fields: whole, key, signal, onRepeat });
  }

  get #author(): { username?: string } {
    const { username } = this.#parts;
    return username === undefined ? {} : { username };
  }

  #path(tail: string): string {
    return `/chat/${encodeURIComponent(this.name)}${tail}`;
  }
}
