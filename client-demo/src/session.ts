import type { Account, SignedIn, SignIn, SignUp } from './account.ts';
import type { AccountApi } from './account-api.ts';
import type { TextStorage } from './browser-storage.ts';
import { AnswerError } from './request-json.ts';
import { type RetryBounds, retryDelayMs } from './retry-delay.ts';
import { renewalDelayMs } from './session-renewal.ts';
import { readSession, storeSession } from './stored-session.ts';

/** Who uses the page; `absent` where the server has no accounts, `ended` where a session is over. */
export type SessionState =
  | { state: 'unknown' }
  | { state: 'absent' }
  | { state: 'guest' }
  | { state: 'account'; account: Account }
  | { state: 'ended'; username: string };

/** What the tabs of a browser tell each other of their session. */
export type SessionNote = { type: 'session'; session: SignedIn } | { type: 'left' | 'ended' };

/** What a session needs of a BroadcastChannel. */
export interface SessionNotes {
  postMessage(note: SessionNote): void;
  addEventListener(type: 'message', listener: (event: { data: SessionNote }) => void): void;
  close(): void;
}

/** What a session is made of; `storage` outlives the tab. */
export interface SessionOptions {
  api: AccountApi;
  notes: SessionNotes | undefined;
  storage: TextStorage;
  retry?: RetryBounds;
}

/**
 * The session that the browser's cookies stand for: read at the start, renewed while it lasts, the
 * same in all tabs. Nothing secret comes to the page. Close it with `close()`.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #listeners = new Set<() => void>();
  #state: SessionState = { state: 'unknown' };
  #signedIn: SignedIn | undefined;
  #stream: string | undefined;
  #renewing: Promise<boolean> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #identity = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    options.notes?.addEventListener('message', ({ data }) => this.#hear(data));
    void this.#begin();
  }

  /** Another object after each change. */
  readonly snapshot = (): SessionState => this.#state;

  /** Counts how often whoever the server takes this browser for became another since the page began. */
  get identity(): number {
    return this.#identity;
  }

  /** Calls the listener after each change; returns what ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** @throws AnswerError with what is wrong with the fields */
  async signUp(fields: SignUp): Promise<void> {
    this.#enter(await this.#options.api.signUp(fields));
  }

  /** @throws AnswerError with what is wrong with the fields */
  async signIn(fields: SignIn): Promise<void> {
    this.#enter(await this.#options.api.signIn(fields));
  }

  /** Ends the session here and in the browser's other tabs. @throws when the server could not be told */
  async signOut(): Promise<void> {
    await this.#options.api.signOut();
    this.#tell({ type: 'left' });
    this.#leave({ state: 'guest' });
  }

  /** No longer asks for what was lost: goes on as a guest. */
  dismiss(): void {
    if (this.#state.state === 'ended') this.#leave({ state: 'guest' });
  }

  /** The stream that this tab holds, which is renewed with the token; `undefined` when it holds none. */
  holdStream(stream: string | undefined): void {
    if (this.#stream === stream) return;
    this.#stream = stream;
    this.#schedule();
  }

  /**
   * Renews the token at once, since the server no longer takes it; resolves with whether there is a
   * session. @throws when the server gave no answer
   */
  recover(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#options.notes?.close();
    this.#listeners.clear();
  }

  async #begin(): Promise<void> {
    try {
      await this.#beginAs(await this.#options.api.read());
    } catch (error) {
      if (!(error instanceof AnswerError) || error.status >= 500) return this.#beginLater();
      if (error.status !== 401) return this.#change({ state: 'absent' });
      if (this.#remembered() === '') return this.#change({ state: 'guest' });
      this.#tell({ type: 'ended' });
      this.#end();
    }
  }

  /** A token that has expired since the page was left is renewed before anybody is told of the account. */
  async #beginAs(account: Account): Promise<void> {
    const stored = readSession(this.#options.storage);
    const holds =
      stored?.username === account.username && Date.parse(stored.expiresAt) > Date.now();
    if (holds) return this.#take({ ...account, expiresAt: stored.expiresAt });
    const { expiresAt } = await this.#options.api.renew(this.#stream);
    this.#identity += 1;
    this.#enter({ ...account, expiresAt });
  }

  #beginLater(): void {
    this.#later(() => void this.#begin());
  }

  async #renew(): Promise<boolean> {
    const { api } = this.#options;
    if (this.#remembered() === '') return false;
    try {
      const { expiresAt } = await api.renew(this.#stream);
      const account = this.#signedIn ?? (await api.read());
      this.#enter({ ...account, expiresAt });
      return true;
    } catch (error) {
      if (!(error instanceof AnswerError) || error.status !== 401) throw error;
      this.#tell({ type: 'ended' });
      this.#end();
      return false;
    }
  }

  /** Begins a session, and tells the other tabs. */
  #enter(session: SignedIn): void {
    this.#tell({ type: 'session', session });
    this.#take(session);
  }

  #take({ username, email, admin, expiresAt }: SignedIn): void {
    const known = this.#signedIn;
    this.#signedIn = { username, email, admin, expiresAt };
    this.#attempt = 0;
    storeSession(this.#options.storage, { username, expiresAt });
    this.#schedule();
    if (this.#state.state !== 'unknown' && known?.username !== username) this.#identity += 1;
    if (known?.username === username && this.#state.state === 'account') return;
    this.#change({ state: 'account', account: { username, email, admin } });
  }

  #end(): void {
    const username = this.#remembered();
    if (username !== '') this.#leave({ state: 'ended', username });
  }

  #leave(state: SessionState): void {
    clearTimeout(this.#timer);
    this.#signedIn = undefined;
    this.#identity += 1;
    storeSession(this.#options.storage, undefined);
    this.#change(state);
  }

  #hear(note: SessionNote): void {
    if (note.type === 'session') this.#hearOfRenewal(note.session);
    else if (note.type === 'left') this.#leave({ state: 'guest' });
    else this.#end();
  }

  /** A stream that this tab holds was not renewed by another tab's renewal. */
  #hearOfRenewal(session: SignedIn): void {
    const mine = this.#stream !== undefined && this.#signedIn?.username === session.username;
    if (!mine) this.#take(session);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#signedIn) return;
    const leads = this.#stream !== undefined;
    const delayMs = renewalDelayMs(this.#signedIn.expiresAt, { now: Date.now(), leads });
    this.#timer = setTimeout(() => this.#renewOnTime(), delayMs);
  }

  #renewOnTime(): void {
    this.recover().catch(() => this.#later(() => this.#renewOnTime()));
  }

  #later(act: () => void): void {
    const retry = this.#options.retry ?? { minMs: 1000, maxMs: 30_000 };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, retryDelayMs(this.#attempt, retry));
    this.#attempt += 1;
  }

  #remembered(): string {
    return this.#signedIn?.username ?? readSession(this.#options.storage)?.username ?? '';
  }

  #tell(note: SessionNote): void {
    this.#options.notes?.postMessage(note);
  }

  #change(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
