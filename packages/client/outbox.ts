import { ParleyError } from './error.ts';
import type { Receipt } from './events.ts';
import { Gate } from './gate.ts';
import type { Http } from './http.ts';
import { backoffMs, pause } from './pause.ts';

/** Most posts that may wait for an answer. */
const WAITING_MAX = 1_000;
/** How often in a row a post follows a channel to another name. */
const RENAMINGS_MAX = 5;
const RETRY = { minMs: 500, maxMs: 15_000 };

export interface OutboxParts {
  http: Http;
  /** Resolves when a channel has begun; a post before that would not be among its events. */
  begun: (channel: string) => Promise<void> | undefined;
  onReceipt: (receipt: Receipt) => void;
}

interface Post {
  fields: object;
  key?: string | undefined;
  signal?: AbortSignal | undefined;
  onRepeat?: ((error: ParleyError) => void) | undefined;
}

/**
 * Posts, each with a key, until they are answered: a repeat stores nothing twice. The posts to one
 * channel go one after the other, in their order.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #stop = new AbortController();
  readonly #last = new Map<string, Promise<unknown>>();
  #waiting = 0;
  #hurry = new Gate();

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** The number of posts that wait for an answer. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Posts when those before it are answered. @throws ParleyError with the refusal, or when it is ended */
  async post(channel: string, { fields, key = newKey(), ...post }: Post): Promise<Receipt> {
    if (this.#waiting >= WAITING_MAX) throw failure('outbox-full', 'Too many posts wait.');
    const body = JSON.stringify(fields);
    const { http, begun, onReceipt } = this.#parts;
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
    let name = channel;
    const postOnce = async (signal: AbortSignal) => {
      for (let left = RENAMINGS_MAX; ; left--) {
        try {
          const path = `/chat/${encodeURIComponent(name)}`;
          return await http.json<Receipt>(path, { method: 'POST', headers, body, signal });
        } catch (error) {
          // The key belongs to the channel, so that nothing is stored twice.
          const { channel: now } = error as ParleyError;
          if (now === undefined || left === 0) throw error;
          name = now;
          await begun(name);
        }
      }
    };
    this.#waiting++;
    const before = this.#last.get(channel);
    const posted = (async () => {
      await before;
      await begun(channel);
      const receipt = await this.#untilAnswered(postOnce, post);
      onReceipt(receipt);
      return receipt;
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

  /** Ends the pauses between repeats, for example when the network is back. */
  retryNow(): void {
    this.#hurry.open();
    this.#hurry = new Gate();
  }

  close(): void {
    this.#stop.abort();
  }

  async #untilAnswered(
    postOnce: (signal: AbortSignal) => Promise<Receipt>,
    { signal: own, onRepeat }: Pick<Post, 'onRepeat' | 'signal'>,
  ): Promise<Receipt> {
    const stop = this.#stop.signal;
    const signal = own ? AbortSignal.any([stop, own]) : stop;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await postOnce(signal);
      } catch (error) {
        const refusal = error as ParleyError;
        if (!refusal.isPassing) throw refusal;
        if (signal.aborted) break;
        onRepeat?.(refusal);
        const waitMs = Math.max(refusal.retryAfterMs ?? 0, backoffMs(attempt, RETRY));
        await Promise.race([pause(waitMs, signal), this.#hurry.opened]);
      }
    }
    throw failure('closed', 'The post was ended; it may be stored.');
  }
}

function failure(code: string, message: string): ParleyError {
  return new ParleyError(message, { status: 0, code });
}

/** 128 random bits. Pages without TLS have no `crypto.randomUUID`. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
