import type { RetryBounds } from '@parley/client/pause';
import type { TextStorage } from '../browser-storage.ts';
import { AnswerError, isDecision } from '../request-json.ts';
import { RetryTimer } from '../retry-timer.ts';
import type {
  Account,
  PasswordChange,
  PasswordReset,
  ProviderSignIn,
  SignedIn,
  SignIn,
  SignUp,
  Visit,
} from './account.ts';
import type { AccountApi } from './account-api.ts';
import { ownerOf } from './author.ts';
import { renewalDelayMs } from './session-renewal.ts';
import type { SessionNote, SessionNotes, SessionState } from './session-state.ts';
import { readSession, type StoredSession, storeSession } from './stored-session.ts';

/** What a session needs; `storage` outlives the tab. */
export interface SessionOptions {
  api: AccountApi;
  notes: SessionNotes | undefined;
  storage: TextStorage;
  /** Why a sign-in by the provider failed, with which the page began. */
  fault?: string | undefined;
  retry?: RetryBounds;
}

/**
 * The session behind the browser's cookies: read at the start, renewed while it lasts, and the same
 * in all tabs. The page never gets a secret. Close it with `close()`.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #timer: RetryTimer;
  readonly #listeners = new Set<() => void>();
  #state: SessionState;
  /** What the browser had of a session when the page began: by its token the first requests were. */
  readonly #held: StoredSession | undefined;
  #signedIn: SignedIn | undefined;
  #stream: string | undefined;
  #renewing: Promise<boolean> | undefined;
  #entering: Promise<void> | undefined;
  #identity = 0;
  #departures = 0;
  /** The last account that has not signed out. */
  #owner: string | undefined;
  #signUpOpen = true;
  #provider: string | undefined;
  #sendsMail = false;
  #fault: string | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#fault = options.fault;
    this.#held = readSession(options.storage);
    this.#state = { state: 'unknown', username: this.#held?.username };
    this.#timer = new RetryTimer(options.retry ?? { minMs: 2000, maxMs: 30_000 });
    options.notes?.addEventListener('message', ({ data }) => this.#receive(data));
    void this.#begin();
  }

  /** A new object after each change. */
  readonly snapshot = (): SessionState => this.#state;

  /** Whether visitors may create accounts, as far as the page knows. */
  get signUpOpen(): boolean {
    return this.#signUpOpen;
  }

  /** The name of the provider by which people can sign in, as far as the page knows. */
  get provider(): string | undefined {
    return this.#provider;
  }

  /** Why a sign-in by the provider failed, with which the page began, until it was dismissed. */
  get providerFault(): string | undefined {
    return this.#fault;
  }

  /** The visitor has seen why the sign-in by the provider failed. */
  dismissProviderFault(): void {
    this.#fault = undefined;
  }

  /** Whether the server can send mail, as far as the page knows. */
  get sendsMail(): boolean {
    return this.#sendsMail;
  }

  /**
   * Counts the changes of the identity since the page began. An account whose token had expired was a
   * guest to the server, so its renewal counts, too.
   */
  get identity(): number {
    return this.#identity;
  }

  /**
   * Counts the accounts that have signed out or given way to another since the page began. What such
   * an account read and wrote is not for the next visitor.
   */
  get departures(): number {
    return this.#departures;
  }

  /** Calls the listener after each change; returns a function that unsubscribes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** @throws AnswerError that explains what is wrong with the fields */
  signUp(fields: SignUp): Promise<void> {
    return this.#enterBy(this.#options.api.signUp(fields));
  }

  /** @throws AnswerError that explains what is wrong with the fields */
  signIn(fields: SignIn): Promise<void> {
    return this.#enterBy(this.#options.api.signIn(fields));
  }

  /** The address at which the visitor signs in by the provider. @throws AnswerError */
  async addressAtProvider(fields: ProviderSignIn): Promise<string> {
    return (await this.#options.api.beginAtProvider(fields)).url;
  }

  /**
   * Ends every other session of the account. @throws AnswerError that explains what is wrong with
   * the fields
   */
  changePassword(fields: PasswordChange): Promise<void> {
    return this.#enterBy(this.#options.api.changePassword(fields));
  }

  /**
   * Sets a new password by a link, and signs in. @throws AnswerError that explains what is wrong with
   * the fields
   */
  reset(fields: PasswordReset): Promise<void> {
    return this.#enterBy(this.#options.api.reset(fields));
  }

  /**
   * Ends the session here and in the browser's other tabs. @throws if the request fails
   */
  async signOut(): Promise<void> {
    await this.#options.api.signOut();
    this.#notify({ type: 'left' });
    this.#leave({ state: 'guest' });
  }

  /** Goes on as a guest after a session has ended. */
  dismiss(): void {
    if (this.#state.state === 'ended') this.#leave({ state: 'guest' });
  }

  /**
   * The id of the stream that this tab holds, which is renewed with the token; `undefined` if it
   * holds none.
   */
  holdStream(stream: string | undefined): void {
    if (this.#stream === stream) return;
    this.#stream = stream;
    this.#schedule();
  }

  /**
   * Renews the token at once, because the server has rejected it. Resolves with whether there is a
   * session. @throws if the server gives no answer
   */
  recover(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  close(): void {
    this.#timer.stop();
    this.#options.notes?.close();
    this.#listeners.clear();
  }

  async #begin(): Promise<void> {
    try {
      const visit = await this.#read();
      if (!('guest' in visit)) await this.#beginAs(visit);
      else if (visit.signUp === 'none') this.#change({ state: 'absent' });
      else this.#beginAsGuest();
    } catch (error) {
      if (!isDecision(error)) return this.#timer.again(() => void this.#begin());
      if (error.status !== 401) return this.#change({ state: 'absent' });
      this.#beginAsGuest();
    }
  }

  async #read(): Promise<Visit> {
    const visit = await this.#options.api.read();
    this.#signUpOpen = visit.signUp !== 'closed';
    this.#provider = visit.provider;
    this.#sendsMail = visit.mail === true;
    return visit;
  }

  #beginAsGuest(): void {
    if (this.#remembered() === '') {
      this.#change({ state: 'guest' });
      return;
    }
    this.#notify({ type: 'ended' });
    this.#end();
  }

  /** Renews a token that has expired since the last visit, before the page shows the account. */
  async #beginAs(account: Account): Promise<void> {
    const stored = readSession(this.#options.storage);
    if (stored?.username === account.username && !isOver(stored))
      return this.#take({ ...account, expiresAt: stored.expiresAt });
    const { expiresAt } = await this.#options.api.renew(this.#stream);
    this.#enter({ ...account, expiresAt });
  }

  /** The new session ends the old one. The stream can report that end before the answer arrives. */
  async #enterBy(answer: Promise<SignedIn>): Promise<void> {
    const entering = answer.then((session) => this.#enter(session));
    this.#entering = entering.catch(() => {});
    await entering;
  }

  async #renew(): Promise<boolean> {
    const { api } = this.#options;
    await this.#entering;
    if (this.#remembered() === '') return false;
    try {
      const { expiresAt } = await api.renew(this.#stream);
      const account = this.#signedIn ?? (await this.#read());
      if ('guest' in account) return false;
      this.#enter({ ...account, expiresAt });
      return true;
    } catch (error) {
      if (!(error instanceof AnswerError) || error.status !== 401) throw error;
      this.#notify({ type: 'ended' });
      this.#end();
      return false;
    }
  }

  /** Begins a session and notifies the other tabs. */
  #enter(session: SignedIn): void {
    this.#notify({ type: 'session', session });
    this.#take(session);
  }

  #take({ username, email, admin, password = true, expiresAt }: SignedIn): void {
    const known = this.#signedIn;
    this.#signedIn = { username, email, admin, password, expiresAt };
    this.#timer.succeeded();
    storeSession(this.#options.storage, { username, expiresAt });
    this.#schedule();
    const before = this.#state.state === 'unknown' ? this.#held : known;
    const isNew = before?.username !== username || isOver(before);
    if (isNew) this.#identity += 1;
    else if (this.#state.state === 'account') return;
    this.#change({ state: 'account', account: { username, email, admin, password } });
  }

  #end(): void {
    const username = this.#remembered();
    if (username !== '') this.#leave({ state: 'ended', username });
  }

  #leave(state: SessionState): void {
    this.#timer.stop();
    this.#signedIn = undefined;
    this.#identity += 1;
    storeSession(this.#options.storage, undefined);
    this.#change(state);
  }

  #receive(note: SessionNote): void {
    if (note.type === 'session') this.#receiveRenewal(note.session);
    else if (note.type === 'left') this.#leave({ state: 'guest' });
    else this.#end();
  }

  /**
   * The renewal of another tab does not renew this tab's stream, so a tab with a stream ignores it,
   * unless its own token has ended.
   */
  #receiveRenewal(session: SignedIn): void {
    const known = this.#signedIn;
    const holds = known?.username === session.username && !isOver(known);
    if (this.#stream === undefined || !holds) this.#take(session);
  }

  #schedule(): void {
    this.#timer.stop();
    if (!this.#signedIn) return;
    const leads = this.#stream !== undefined;
    const delayMs = renewalDelayMs(this.#signedIn.expiresAt, { now: Date.now(), leads });
    this.#timer.after(delayMs, () => this.#renewOnTime());
  }

  #renewOnTime(): void {
    this.recover().catch(() => this.#timer.again(() => this.#renewOnTime()));
  }

  #remembered(): string {
    return this.#signedIn?.username ?? readSession(this.#options.storage)?.username ?? '';
  }

  #notify(note: SessionNote): void {
    this.#options.notes?.postMessage(note);
  }

  #change(state: SessionState): void {
    const owner = ownerOf(state);
    const signsOut = this.#state.state === 'account' && owner === undefined;
    if (signsOut || (this.#owner !== undefined && owner !== undefined && owner !== this.#owner))
      this.#departures += 1;
    this.#owner = signsOut ? undefined : (owner ?? this.#owner);
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function isOver({ expiresAt }: Pick<SignedIn, 'expiresAt'>): boolean {
  return Date.parse(expiresAt) <= Date.now();
}
