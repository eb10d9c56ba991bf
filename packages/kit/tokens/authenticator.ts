import type { IncomingHttpHeaders } from 'node:http';
import { sessionOf } from '@parley/contract/accounts/claims.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { EndedSessions } from './ended-sessions.ts';
import { guestIdentity, type Identity, tokenIdentity } from './identity.ts';
import { readCookie, TOKEN_COOKIE } from './token-cookie.ts';
import type { Verify } from './verifier.ts';

/** Rights of a request without a token. `open`: every right; `required`: none. */
export type AuthMode = 'open' | 'required';

const BEARER = /^bearer +(\S+)$/i;
/** Other schemes are not for us: they may belong to a proxy in front. */
const ANY_BEARER = /^bearer\b/i;

/** Finds the identity of a request. */
export class Authenticator {
  /** True in open mode: requests without a token have every right. */
  readonly open: boolean;
  readonly #verify: Verify | undefined;
  /** The identity of a request without a token. */
  readonly guest: Identity;
  /** Sessions whose tokens are refused although the tokens have not expired. */
  readonly ended = new EndedSessions();

  /** Without `verify` there are no keys; every token is refused. */
  constructor(mode: AuthMode, verify: Verify | undefined) {
    this.open = mode === 'open';
    this.#verify = verify;
    this.guest = guestIdentity(this.open);
  }

  /**
   * The identity that the headers show, by a bearer token or else by our cookie. A bearer token
   * that is not valid is refused and not ignored, because its sender expects the rights of the
   * token. A browser sends the cookie by itself, even an expired one, so a cookie that is not valid
   * is ignored.
   * @throws ChatError `invalid-token` or `keys-unavailable`
   */
  async identify(headers: IncomingHttpHeaders): Promise<Identity> {
    const { authorization } = headers;
    if (!isBearer(headers)) return this.#identifyCookie(tokenInCookie(headers));
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token !== undefined) return this.identifyBearer(token);
    throw new ChatError('invalid-token', 'Send a token as "Authorization: Bearer …", or none.');
  }

  /** The identity of a token. @throws ChatError `invalid-token` or `keys-unavailable` */
  async identifyBearer(token: string): Promise<Identity> {
    if (!this.#verify) throw new ChatError('invalid-token', 'This server accepts no tokens.');
    const claims = await this.#verify(token);
    if (this.ended.has(sessionOf(claims))) {
      throw new ChatError('invalid-token', 'The session has ended; sign in again.');
    }
    return tokenIdentity(token, claims, this.open);
  }

  async #identifyCookie(token: string | undefined): Promise<Identity> {
    try {
      return token === undefined ? this.guest : await this.identifyBearer(token);
    } catch (error) {
      if (error instanceof ChatError && error.code === 'invalid-token') return this.guest;
      throw error;
    }
  }
}

/**
 * How a request shows its identity. A browser sends the cookie by itself, for a request of any
 * page.
 */
export function shownBy(headers: IncomingHttpHeaders): 'bearer' | 'cookie' | undefined {
  if (isBearer(headers)) return 'bearer';
  return tokenInCookie(headers) === undefined ? undefined : 'cookie';
}

function isBearer({ authorization }: IncomingHttpHeaders): boolean {
  return authorization !== undefined && ANY_BEARER.test(authorization);
}

function tokenInCookie({ cookie }: IncomingHttpHeaders): string | undefined {
  return readCookie(cookie, TOKEN_COOKIE);
}
