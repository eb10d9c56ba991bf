import { ParleyError } from './error.ts';
import type { Receipt } from './events.ts';
import type { Http } from './http.ts';
import { backoffMs, pause } from './pause.ts';

/** Most posts that may wait for an answer. */
const WAITING_MAX = 1_000;
const RETRY = { minMs: 500, maxMs: 15_000 };

/**
 * Posts, each with a key, until they are answered: a repeat stores nothing twice. The posts to one
 * channel go one after the other, in their order.
 */
export class Outbox {
  readonly #http: Http;
  readonly #stop = new AbortController();
  readonly #last = new Map<string, Promise<unknown>>();
  #waiting = 0;

  constructor(http: Http) {
    this.#http = http;
  }

  /** The number of posts that wait for an answer. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Posts when `begun` has resolved. Resolves with the receipt.
   * @throws ParleyError with the refusal, or when the client is closed
   */
  async post(
    channel: string,
    { fields, begun, key = newKey() }: { fields: object; begun: Promise<void>; key?: string },
  ): Promise<Receipt> {
    if (this.#waiting >= WAITING_MAX) {
      throw new ParleyError('Too many posts wait for an answer.', {
        status: 0,
        code: 'outbox-full',
      });
    }
    const body = JSON.stringify(fields);
    this.#waiting++;
    const before = this.#last.get(channel);
    const posted = (async () => {
      await before;
      await begun;
      return this.#postUntilAnswered(channel, body, key);
    })();
    const settled = posted
      .catch(() => undefined)
      .then(() => {
        this.#waiting--;
        if (this.#last.get(channel) === settled) this.#last.delete(channel);
      });
    this.#last.set(channel, settled);
    return posted;
  }

  close(): void {
    this.#stop.abort();
  }

  async #postUntilAnswered(channel: string, body: string, key: string): Promise<Receipt> {
    const { signal } = this.#stop;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await this.#http.json<Receipt>(`/chat/${encodeURIComponent(channel)}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
          body,
          signal,
        });
      } catch (error) {
        const refusal = error as ParleyError;
        if (!refusal.isPassing) throw refusal;
        await pause(Math.max(refusal.retryAfterMs ?? 0, backoffMs(attempt, RETRY)), signal);
      }
    }
    throw new ParleyError('The client is closed; the post may be stored.', {
      status: 0,
      code: 'closed',
    });
  }
}

/** 128 random bits. Pages without TLS have no `crypto.randomUUID`. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
