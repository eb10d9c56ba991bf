import { errorOf, noAnswer } from './error.ts';

/** Gives a token; called again when the token is refused or about to expire. */
export type TokenSource = () => Promise<string>;

/** Seconds before its end at which a token is replaced. */
const EARLY_SECONDS = 30;
/** How long an answer may take. */
const ANSWER_LIMIT_MS = 15_000;

/** The HTTP calls of one client, with its token. */
export class Http {
  /** The address without a slash at its end; it may have a path. */
  readonly #base: string;
  readonly #fetch: typeof fetch;
  readonly #source: TokenSource | undefined;
  readonly #renewSession: (() => Promise<boolean>) | undefined;
  #token: Promise<string> | undefined;
  #endsAt = Number.POSITIVE_INFINITY;

  constructor(
    base: URL,
    {
      token,
      renew,
      fetch: fetching = (...request) => fetch(...request),
    }: { token?: TokenSource; renew?: () => Promise<boolean>; fetch?: typeof fetch } = {},
  ) {
    this.#base = base.origin + base.pathname.replace(/\/+$/, '');
    this.#source = token;
    this.#renewSession = renew;
    this.#fetch = fetching;
  }

  /** True when requests carry a token. */
  get hasToken(): boolean {
    return this.#source !== undefined;
  }

  url(path: string): string {
    return this.#base + path;
  }

  /**
   * Whose connection this is, so that tabs of the same person can share one: the subject of the
   * token, or the cookies of the browser; undefined for a token without a subject.
   */
  async subject(): Promise<string | undefined> {
    if (!this.#source) return 'cookie';
    await this.headers();
    const { sub } = claimsOf((await this.#token) ?? '');
    return typeof sub === 'string' ? `token ${sub}` : undefined;
  }

  /** The headers that carry the token. All requests that wait for a new one ask for it once. */
  async headers(): Promise<Record<string, string>> {
    if (!this.#source) return {};
    if (Date.now() > this.#endsAt) this.forgetToken();
    this.#token ??= this.#source();
    const asked = this.#token;
    try {
      const token = await asked;
      if (this.#token === asked) this.#endsAt = endOf(token);
      return { Authorization: `Bearer ${token}` };
    } catch (cause) {
      if (this.#token === asked) this.forgetToken();
      throw noAnswer(cause, 'no-token');
    }
  }

  /** Asks for a new token before the next request: the server refused the present one. */
  forgetToken(): void {
    this.#token = undefined;
    this.#endsAt = Number.POSITIVE_INFINITY;
  }

  /**
   * Replaces the token, unless another request has replaced `used` already, or renews the session of
   * the cookies. False: there is none any more.
   */
  async renew(used = this.#token): Promise<boolean> {
    if (this.#source) {
      if (this.#token === used) this.forgetToken();
      return true;
    }
    try {
      return (await this.#renewSession?.()) ?? false;
    } catch (cause) {
      throw noAnswer(cause);
    }
  }

  /**
   * Sends a request and returns an answer that is 2xx. A token that is refused is replaced once.
   * @throws ParleyError
   */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    for (let mayRepeat = true; ; mayRepeat = false) {
      const token = await this.headers();
      const used = this.#token;
      const headers = { ...token, ...(init.headers as Record<string, string>) };
      const answer = await this.#sendOnce(path, { ...init, headers });
      if (answer.ok) return answer;
      const error = await errorOf(answer);
      const isRenewed = error.status === 401 && (await this.renew(used));
      if (!isRenewed || !mayRepeat) throw error;
    }
  }

  async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
    const answer = await this.send(path, { ...init, signal });
    try {
      return (await answer.json()) as T;
    } catch (cause) {
      throw noAnswer(cause);
    }
  }

  async #sendOnce(path: string, init: RequestInit): Promise<Response> {
    const credentials = this.hasToken ? 'omit' : 'same-origin';
    try {
      return await this.#fetch(this.url(path), { credentials, ...init });
    } catch (cause) {
      throw noAnswer(cause);
    }
  }
}

/** When to replace a JWT, in milliseconds since 1970; another token is replaced when refused. */
function endOf(token: string): number {
  const { exp } = claimsOf(token);
  return typeof exp === 'number' ? (exp - EARLY_SECONDS) * 1000 : Number.POSITIVE_INFINITY;
}

/** The claims of a JWT, which are not checked here; none of another token. */
function claimsOf(token: string): { exp?: unknown; sub?: unknown } {
  try {
    return JSON.parse(atob(token.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''));
  } catch {
    return {};
  }
}
