import type { MessageReceipt } from '@parley/contract/events/message.ts';
import type { TextStorage } from '../browser-storage.ts';
import { makeIdempotencyKey } from '../idempotency-key.ts';
import { type RetryBounds, retryDelayMs } from '../retry-delay.ts';
import type { PostOutcome } from './post-message.ts';
import { readUnsent, storeUnsent, type UnsentMessage } from './unsent-messages.ts';

/**
 * What an outbox needs. `post` makes one attempt and never throws. `authenticate` resolves with
 * whether there is a session again, and throws if the server does not answer.
 */
export interface OutboxOptions {
  post: (message: UnsentMessage, signal: AbortSignal) => Promise<PostOutcome>;
  authenticate?: () => Promise<boolean>;
  storage: TextStorage;
  retry?: RetryBounds;
}

/**
 * Sends messages one after the other. Each is sent until it is acknowledged or refused, always with
 * the same idempotency key, so that it is stored once however often it is posted. Unsent messages
 * outlive a reload. Close it with `close()`.
 */
export class Outbox {
  readonly #post: OutboxOptions['post'];
  readonly #authenticate: () => Promise<boolean>;
  readonly #storage: TextStorage;
  readonly #retry: RetryBounds;
  readonly #closed = new AbortController();
  readonly #changeListeners = new Set<() => void>();
  readonly #receiptListeners = new Set<(receipt: MessageReceipt) => void>();
  #unsent: readonly UnsentMessage[];
  #sending = false;
  #endPause: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    const { post, authenticate = async () => false, storage, retry } = options;
    this.#post = post;
    this.#authenticate = authenticate;
    this.#storage = storage;
    this.#retry = retry ?? { minMs: 500, maxMs: 10_000 };
    this.#unsent = readUnsent(storage);
    void this.#sendAll();
  }

  /** Adds a message to send. */
  add(
    message: Pick<UnsentMessage, 'channel' | 'username' | 'account' | 'message' | 'after'>,
  ): void {
    this.#change([...this.#unsent, { ...message, key: makeIdempotencyKey(), attempts: 0 }]);
    void this.#sendAll();
  }

  /** Removes a message. If it was not refused, the server may have stored it anyway. */
  discard(key: string): void {
    this.#change(this.#unsent.filter((message) => message.key !== key));
    this.retryNow();
  }

  /** Ends a wait between attempts, for example when the network is back. */
  retryNow(): void {
    this.#endPause?.();
  }

  /** Sends the messages that waited for a session. */
  signedIn(): void {
    this.#change(this.#unsent.map(({ waits: _, ...message }) => message));
    this.retryNow();
    void this.#sendAll();
  }

  /** The messages that are not acknowledged; a new array after each change. */
  readonly snapshot = (): readonly UnsentMessage[] => this.#unsent;

  /** Calls the listener after each change; returns a function that unsubscribes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  };

  /** Calls the listener with each receipt; returns a function that unsubscribes it. */
  onReceipt(listener: (receipt: MessageReceipt) => void): () => void {
    this.#receiptListeners.add(listener);
    return () => this.#receiptListeners.delete(listener);
  }

  close(): void {
    this.#closed.abort();
    this.retryNow();
  }

  async #sendAll(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    for (let next = this.#next(); next && !this.#closed.signal.aborted; next = this.#next()) {
      await this.#attempt(next);
    }
    this.#sending = false;
  }

  #next(): UnsentMessage | undefined {
    return this.#unsent.find(({ refusal, waits }) => refusal === undefined && !waits);
  }

  async #attempt(message: UnsentMessage): Promise<void> {
    const outcome = await this.#post(message, this.#closed.signal);
    switch (outcome.kind) {
      case 'stored':
        for (const listener of this.#receiptListeners) listener(outcome.receipt);
        this.#change(this.#unsent.filter(({ key }) => key !== message.key));
        return;
      case 'refused':
        this.#replace({ ...message, refusal: outcome.detail });
        return;
      case 'unauthenticated':
        return this.#waitForSession(message);
      case 'unanswered':
        return this.#tryLater(message, outcome.retryAfterMs);
    }
  }

  async #tryLater(message: UnsentMessage, atLeastMs: number): Promise<void> {
    this.#replace({ ...message, attempts: message.attempts + 1 });
    await this.#pause(Math.max(atLeastMs, retryDelayMs(message.attempts, this.#retry)));
  }

  /**
   * If the session can be renewed, the message is sent again; if not, the message waits for a
   * sign-in.
   */
  async #waitForSession(message: UnsentMessage): Promise<void> {
    const authenticated = await this.#authenticate().catch(() => undefined);
    if (authenticated !== false) return this.#tryLater(message, 0);
    this.#replace({ ...message, waits: true });
  }

  async #pause(ms: number): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#endPause = resolve;
    await promise;
    clearTimeout(timer);
    this.#endPause = undefined;
  }

  #replace(changed: UnsentMessage): void {
    this.#change(this.#unsent.map((message) => (message.key === changed.key ? changed : message)));
  }

  #change(unsent: readonly UnsentMessage[]): void {
    this.#unsent = unsent;
    storeUnsent(this.#storage, unsent);
    for (const listener of this.#changeListeners) listener();
  }
}
