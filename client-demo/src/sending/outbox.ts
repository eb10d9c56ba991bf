import { newKey, type ParleyError } from '@parley/client';
import type { TextStorage } from '../browser-storage.ts';
import type { ClientSource } from '../connection/connection.ts';
import type { StoredMessage } from '../history/channel-history.ts';
import { isFor, readUnsent, storeUnsent, type UnsentMessage } from './unsent-messages.ts';

/** The refusals of an account's post that the server took for a guest's: a name, a private channel. */
const GUEST_REFUSALS = ['name-taken', 'not-found'];

/** Resolves with whether there is a session again; `onFailure`: an attempt to renew it had no answer. */
type Authenticate = (attempts: { signal: AbortSignal; onFailure: () => void }) => Promise<boolean>;

/** What an outbox needs. */
export interface OutboxOptions {
  authenticate?: Authenticate;
  connection: ClientSource;
  storage: TextStorage;
}

/**
 * The messages that the server has not acknowledged. The client library repeats them until they are
 * answered; they keep their keys, also over a reload.
 */
export class Outbox {
  readonly #connection: ClientSource;
  readonly #storage: TextStorage;
  readonly #authenticate: Authenticate;
  /** The messages that were sent again after the session was renewed. */
  readonly #renewed = new Set<string>();
  readonly #sending = new Map<string, AbortController>();
  readonly #changeListeners = new Set<() => void>();
  readonly #receiptListeners = new Set<(receipt: StoredMessage) => void>();
  #unsent: readonly UnsentMessage[];

  constructor({ connection, storage, authenticate = async () => false }: OutboxOptions) {
    this.#connection = connection;
    this.#authenticate = authenticate;
    this.#storage = storage;
    this.#unsent = readUnsent(storage);
    connection.subscribe(() => this.#sendAll());
    this.#sendAll();
  }

  /** Adds a message to send. */
  add(message: Omit<UnsentMessage, 'key' | 'attempts' | 'refusal' | 'waits'>): void {
    this.#change([...this.#unsent, { ...message, key: newKey(), attempts: 0 }]);
    this.#sendAll();
  }

  /** Removes a message. If it was not refused, the server may have stored it anyway. */
  discard(key: string): void {
    this.#sending.get(key)?.abort();
    this.#sending.delete(key);
    this.#change(this.#unsent.filter((message) => message.key !== key));
    this.#sendAll();
  }

  /** A channel has another name. The client library sends to that, also what is under way. */
  move(channel: string, to: string): void {
    this.#change(
      this.#unsent.map((message) =>
        message.channel === channel ? { ...message, channel: to } : message,
      ),
    );
  }

  /** Sends the messages that waited for the session of an account. */
  signedIn(username: string): void {
    this.#change(
      this.#unsent.map((message) => {
        const { waits: _, ...other } = message;
        return isFor(message, username) ? other : message;
      }),
    );
    this.#sendAll();
  }

  /** The messages that are not acknowledged; a new array after each change. */
  readonly snapshot = (): readonly UnsentMessage[] => this.#unsent;

  /** Calls the listener after each change; returns a function that unsubscribes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  };

  /** Calls the listener with each receipt; returns a function that unsubscribes it. */
  onReceipt(listener: (receipt: StoredMessage) => void): () => void {
    this.#receiptListeners.add(listener);
    return () => this.#receiptListeners.delete(listener);
  }

  /**
   * Sends what is neither refused nor waiting for a session, in order: one message of a channel after
   * the other, also while the session is renewed for one.
   */
  #sendAll(): void {
    const sending = this.#unsent.filter(({ key }) => this.#sending.has(key));
    const busy = new Set(sending.map(({ channel }) => channel));
    for (const message of this.#unsent) {
      const rests = message.refusal !== undefined || message.waits;
      if (rests || busy.has(message.channel)) continue;
      busy.add(message.channel);
      void this.#send(message);
    }
  }

  async #send(unsent: UnsentMessage): Promise<void> {
    const { key, channel, message, username, replyTo } = unsent;
    const sending = new AbortController();
    this.#sending.set(key, sending);
    const client = this.#connection.snapshot();
    try {
      const receipt = await client.channel(channel).send(message, {
        key,
        username,
        ...(replyTo !== undefined && { replyTo }),
        signal: sending.signal,
        onRepeat: () => this.#unanswered(key),
      });
      const stored = { ...receipt, ...(replyTo !== undefined && { replyTo }) };
      for (const listener of this.#receiptListeners) listener(stored);
      this.#change(this.#unsent.filter((other) => other.key !== key));
    } catch (error) {
      const refusal = error as ParleyError;
      if (refusal.code !== 'closed') await this.#failed(unsent, refusal, sending.signal);
      else if (client === this.#connection.snapshot()) return;
    } finally {
      if (this.#sending.get(key) === sending) this.#sending.delete(key);
    }
    this.#sendAll();
  }

  async #failed(
    { key, account }: UnsentMessage,
    { code, status, message }: ParleyError,
    signal: AbortSignal,
  ): Promise<void> {
    const needsSession = status === 401 || (account && GUEST_REFUSALS.includes(code));
    if (!needsSession || this.#renewed.has(key)) {
      this.#renewed.delete(key);
      this.#update(key, () => (status === 401 ? { waits: true } : { refusal: message }));
      return;
    }
    const onFailure = () => this.#unanswered(key);
    if (await this.#authenticate({ signal, onFailure })) this.#renewed.add(key);
    else this.#update(key, () => ({ waits: true }));
  }

  /** An attempt had no answer. Until the next one a token may end. */
  #unanswered(key: string): void {
    this.#renewed.delete(key);
    this.#update(key, ({ attempts }) => ({ attempts: attempts + 1 }));
  }

  #update(key: string, change: (message: UnsentMessage) => Partial<UnsentMessage>): void {
    this.#change(
      this.#unsent.map((message) =>
        message.key === key ? { ...message, ...change(message) } : message,
      ),
    );
  }

  #change(unsent: readonly UnsentMessage[]): void {
    this.#unsent = unsent;
    storeUnsent(this.#storage, unsent);
    for (const listener of this.#changeListeners) listener();
  }
}
