import type { MessageReceipt } from '@parley/contract/message.ts';
import type { TextStorage } from './browser-storage.ts';
import { makeIdempotencyKey } from './idempotency-key.ts';
import type { PostOutcome } from './post-message.ts';
import { type RetryBounds, retryDelayMs } from './retry-delay.ts';
import { readUnsent, storeUnsent, type UnsentMessage } from './unsent-messages.ts';

/**
 * What an outbox is made of; `post` makes one attempt and never throws, `authenticate` resolves with
 * whether there is a session again, or throws when nobody can say.
 */
export interface OutboxOptions {
  post: (message: UnsentMessage, signal: AbortSignal) => Promise<PostOutcome>;
  authenticate?: () => Promise<boolean>;
  storage: TextStorage;
  retry?: RetryBounds;
}

/**
 * Sends messages one after the other, each until it is acknowledged or refused, and each under one
 * idempotency key, so that a message is stored once however often it was posted. What is unsent
 * outlives a reload. Close it with `close()`.
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

  /** Takes a message to be sent. */
  add(
    message: Pick<UnsentMessage, 'channel' | 'username' | 'account' | 'message' | 'after'>,
  ): void {
    this.#change([...this.#unsent, { ...message, key: makeIdempotencyKey(), attempts: 0 }]);
    void this.#sendAll();
  }

  /** Forgets a message; if it was not refused, it may have been stored all the same. */
  discard(key: string): void {
    this.#change(this.#unsent.filter((message) => message.key !== key));
    this.retryNow();
  }

  /** Ends a wait between attempts, for example since the network is back. */
  retryNow(): void {
    this.#endPause?.();
  }

  /** Sends what waited for a session, since there is one. */
  signedIn(): void {
    this.#change(this.#unsent.map(({ waits: _, ...message }) => message));
    this.retryNow();
    void this.#sendAll();
  }

  /** The messages that are not acknowledged; another array after each change. */
  readonly snapshot = (): readonly UnsentMessage[] => this.#unsent;

  /** Calls the listener after each change; returns what ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  };

  /** Calls the listener with each receipt; returns what ends that. */
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

  /** A session that could be renewed takes the message after all; without one it waits. */
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
