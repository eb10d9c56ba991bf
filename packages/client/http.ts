import { errorOf, noAnswer, type ParleyError } from './error.ts';

/** Gives a token; called again when the token is refused or about to expire. */
export type TokenSource = () => Promise<string>;

/** Seconds before its end at which a token is replaced. */
const EARLY_SECONDS = 30;
/** How long an answer may take. */
const ANSWER_LIMIT_MS = 15_000;

/** The HTTP calls of one client, with its token. */
export class Http {
  readonly base: URL;
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
    this.base = base;
    this.#source = token;
    this.#renewSession = renew;
    this.#fetch = fetching;
  }

  /** True when requests carry a token. */
  get hasToken(): boolean {
    return this.#source !== undefined;
  }

  url(path: string): string {
    return new URL(path, this.base).href;
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

  /** The headers that carry the token. */
  async headers(): Promise<Record<string, string>> {
    if (!this.#source) return {};
    if (Date.now() > this.#endsAt) this.#token = undefined;
    this.#token ??= this.#source();
    try {
      const token = await this.#token;
      this.#endsAt = endOf(token);
      return { Authorization: `Bearer ${token}` };
    } catch (cause) {
      this.forgetToken();
      throw noAnswer(cause);
    }
  }

  /** Asks for a new token before the next request: the server refused the present one. */
  forgetToken(): void {
    this.#token = undefined;
  }

  /** Replaces the token, or renews the session of the cookies. False: there is none any more. */
  async renew(): Promise<boolean> {
    this.forgetToken();
    if (this.#source) return true;
    return (await this.#renewSession?.()) ?? false;
  }

  /**
   * Sends a request and returns an answer that is 2xx. A token that is refused is replaced once.
   * @throws ParleyError
   */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    try {
      return await this.#sendOnce(path, init);
    } catch (error) {
      if ((error as ParleyError).status !== 401 || !(await this.renew())) throw error;
      return this.#sendOnce(path, init);
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
    const headers = { ...(await this.headers()), ...(init.headers as Record<string, string>) };
    const credentials = this.hasToken ? 'omit' : 'same-origin';
    let answer: Response;
    try {
      answer = await this.#fetch(this.url(path), { credentials, ...init, headers });
    } catch (cause) {
      throw noAnswer(cause);
    }
    if (!answer.ok) throw await errorOf(answer);
    return answer;
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
